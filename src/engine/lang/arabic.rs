//! Arabic: particles, endings and pronouns are written as one with the word that they stand with.
//!
//! A conjunction (و ف), a preposition (ب ل ك) and the article (ال) stand before a noun in this order, each at most once; the
//! article behind ل is written لل. A verb's imperfect has a prefix for its person, before it the future's س or the purpose's
//! ل. Behind the stem stand gender and number, then a pronoun, which excludes the article. Words are folded here: all alefs
//! are ا and ى is ي, so إدلب is ادلب.

mod affixes;
mod lists;
mod nouns;
mod paradigms;
mod plurals;
mod verbs;

use super::{Class, FormTable, Grammar, TermWord, fold::Folded};
use paradigms::{ALONE, SHORT_FEMININE, WITH_ARTICLE, paradigm};

/// What this room offers.
pub const GRAMMAR: Grammar =
    Grammar { tag: "ar", glues_before: true, stems, allows, listed, vetoes, shipped: include_str!("shipped/ar.txt") };

fn allows(class: Class, _stem: &str, before: &str, after: &str) -> bool {
    if class & !WITH_ARTICLE == SHORT_FEMININE && (before == "ف" || after == "ه" && !(before.ends_with("ال") || before.ends_with("لل")))
    {
        return false;
    }
    paradigm(class).allows(before, after)
}

/// Hamza before a long و: what Damascus writes مسؤول, Cairo writes مسئول, and older books write رءوس.
const SEATS: [&str; 3] = ["ؤو", "ئو", "ءو"];

/// The stems of a folded Arabic word, in each spelling.
fn stems(word: TermWord<'_>) -> Vec<(String, Class)> {
    let mut stems = of_one_spelling(word);
    for seat in SEATS.into_iter().filter(|seat| word.written.contains(seat)) {
        for other in SEATS.into_iter().filter(|other| *other != seat) {
            let written = word.written.replace(seat, other);
            stems.extend(of_one_spelling(TermWord { folded: Folded::new(&written).word(0), written: &written, ..word }));
        }
    }
    stems.sort();
    stems.dedup();
    stems
}

/// The stems of a word, as each kind of word that its shape lets it be. A term with its article keeps it; inside a phrase the
/// article may come or go: وقف إطلاق النار is also وقف إطلاق نار.
fn of_one_spelling(word: TermWord<'_>) -> Vec<(String, Class)> {
    let mut stems = Vec::new();
    let written = word.written.trim_end_matches(|c: char| !c.is_alphabetic());
    // In ألمانيا these letters are no article.
    let hamza_first = written.starts_with(['أ', 'إ', 'آ']);
    let letters: Vec<char> = word.folded.chars().collect();
    let maqsura = written.ends_with('ى');
    match letters.as_slice() {
        ['ا', 'ل', noun @ ..] if !hamza_first && noun.len() >= 3 => {
            nouns::add_noun(&mut stems, noun, maqsura);
            if !word.in_phrase {
                stems.iter_mut().for_each(|(_, class)| *class |= WITH_ARTICLE);
            }
            stems.push((word.folded.to_owned(), ALONE));
            // التزم, التقى: a verb whose root begins with ل.
            if matches!(noun, ['ت', _, _]) {
                verbs::add_verb(&mut stems, &letters, maqsura);
            }
        }
        letters => {
            nouns::add_noun(&mut stems, letters, maqsura);
            if verbs::may_be_verb(letters, written) {
                // Long verbs end in ى; what ends in ا is a name (ليبيا).
                verbs::add_verb(&mut stems, letters, maqsura || letters.len() == 3 && written.ends_with('ا'));
            }
        }
    }
    if written.ends_with('ئ') {
        // لاجيء is often written for لاجئ.
        stems.push((format!("{}ء", word.folded), ALONE));
    }
    stems
}

/// Stems of the forms that the list has of a word and that no rule gives: broken plurals, and the irregular forms that ship.
fn listed(list: &FormTable, word: TermWord<'_>) -> Vec<(String, Class)> {
    lists::listed(list, word)
}

fn vetoes(list: &FormTable, term: &str, found: &str) -> bool {
    lists::vetoes(list, term, found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(word: &str) -> String {
        Folded::new(word).word(0).to_owned()
    }

    fn is_form(stems: &[(String, Class)], word: &str) -> bool {
        let word = folded(word);
        stems.iter().any(|(stem, class)| {
            word.match_indices(stem.as_str()).any(|(at, _)| allows(*class, stem, &word[..at], &word[at + stem.len()..]))
        })
    }

    fn of_term(term: &str, in_phrase: bool, shipped: Option<&FormTable>) -> Vec<(String, Class)> {
        let term = TermWord { folded: &folded(term), written: term, in_phrase };
        let mut stems = stems(term);
        stems.extend(shipped.into_iter().flat_map(|list| listed(list, term)));
        stems
    }

    /// By grammar alone.
    fn hits(term: &str, word: &str) -> bool {
        is_form(&of_term(term, false, None), word)
    }

    /// With the list that ships.
    fn hits_shipped(list: &FormTable, term: &str, word: &str) -> bool {
        let same = folded(word) == folded(term);
        is_form(&of_term(term, false, Some(list)), word) && (same || !vetoes(list, &folded(term), &folded(word)))
    }

    fn all_hit(term: &str, words: &str) {
        words.split_whitespace().for_each(|word| assert!(hits(term, word), "{term} misses {word}"));
    }

    fn none_hits(term: &str, words: &str) {
        words.split_whitespace().for_each(|word| assert!(!hits(term, word), "{term} hits {word}"));
    }

    #[test]
    fn a_hamza_before_a_long_vowel_sits_where_the_country_writes_it() {
        for (term, word) in [("مسؤول", "المسئولين"), ("مسئول", "مسؤولون"), ("شؤون", "الشئون"), ("رؤوس", "رءوس"), ("الشؤون", "بالشئون")]
        {
            assert!(hits(term, word), "{term} {word}");
        }
        assert!(!hits("سؤال", "سيال"));
    }

    #[test]
    fn particles_are_glued_in_their_order_only() {
        all_hit("إدلب", "إدلب ادلب بإدلب وبإدلب لإدلب وإدلب فإدلب كإدلب");
        all_hit("نزوح", "النزوح والنزوح للنزوح وبالنزوح فللنزوح ونزوحهم بنزوحها نزوحا");
        none_hits("نزوح", "بونزوح الونزوح سنزوح النزوحهم بنزوحا لبنزوح");
        none_hits("إدلب", "الدلبحي هايدلبرج دلبوح هيدلبيرغ");
        none_hits("سلام", "إسلام الإسلام");
        none_hits("تاب", "الكتاب مكتاب");
    }

    #[test]
    fn participles_take_every_gender_and_number() {
        all_hit("نازح", "نازحة النازحون نازحين للنازحين نازحو ونازحي نازحيها النازحات نازحان");
        all_hit("لاجئ", "اللاجئين للاجئين باللاجئين كلاجئين لاجئو لاجئي لاجئيها اللاجئات لاجئة لاجئا لاجيء");
        all_hit("مصري", "المصرية المصريين مصريون للمصريات مصريا");
        all_hit("قاضي", "القاضي قاضيا قاضون");
        none_hits("لاجئ", "العلاجي للأجيال ملاجئ الكولاجين بلاجئو باللاجئون");
        none_hits("نازح", "النازحو النازحيها بنازحون");
    }

    #[test]
    fn feminine_nouns_open_their_teh() {
        all_hit("هدنة", "الهدنة هدنته هدنتين للهدنة الهدنات الهدنه هدنتها وهدنتهم");
        all_hit("شركة", "شركات الشركات لشركاتهم شركتان وشركته");
        all_hit("مباراة", "المباريات مباراتين مبارياته");
        none_hits("هدنة", "شاهدنا هدنا عهدنا الهدنته");
        none_hits("سنة", "فسنة لسنه");
        all_hit("سنة", "السنه وسنة سنتين");
        assert!(!hits("هدنه", "هدنة"));
    }

    #[test]
    fn verbs_are_known_by_their_perfect() {
        all_hit("قصف", "قصفها يقصفون سيقصف قصفوا القصف وقصفت لقصفهم تقصف ليقصفوا قصفتها");
        all_hit("استهدف", "يستهدف استهدفت تستهدفهم ستستهدف واستهدفوا");
        all_hit("أعلن", "أعلنت يعلن وأعلنوا سيعلنون تعلنه");
        all_hit("قال", "يقول وقالت قالوا يقولون قلت");
        all_hit("أصاب", "يصيب أصابت أصيب أصبت أصيبوا");
        all_hit("استطاع", "يستطيع استطعنا تستطيع");
        all_hit("وصل", "يصل وصلت ستصل يصلون وصلوا");
        all_hit("أكد", "يؤكد أكدت تؤكد وأكدوا");
        all_hit("بنى", "يبني بنت بنوا بناها يبنون");
        all_hit("دعا", "يدعو دعت دعوا دعاهم");
        all_hit("أعطى", "يعطي أعطت أعطوا أعطاه يعطون");
        all_hit("التزم", "يلتزم التزمت تلتزم");
        all_hit("شن", "تشن شنت يشنون");
        none_hits("قصف", "مقصف التقصفت بيقصف سالقصف");
        none_hits("إعلان", "يعلن يعلان");
    }

    #[test]
    fn broken_plurals_follow_the_shape_of_the_singular() {
        all_hit("مركز", "المراكز ومراكزهم");
        all_hit("محكمة", "محاكم");
        all_hit("مشروع", "المشاريع");
        all_hit("عاصمة", "عواصم");
        all_hit("وزير", "الوزراء وزرائه وزراؤها");
        all_hit("سلاح", "أسلحة أسلحتهم بالأسلحة");
        all_hit("عمل", "أعمال الأعمال أعمالهم");
        all_hit("حرب", "حروب");
        all_hit("جزيرة", "جزائر");
        none_hits("مركز", "مراكزا مراكزين");
    }

    #[test]
    fn a_term_with_its_article_keeps_it_but_in_a_phrase() {
        for word in ["للنازحين", "والنازحين", "النازحون"] {
            assert!(hits("النازحين", word), "{word}");
        }
        assert!(!hits("النازحين", "نازحين"));
        for (term, words) in [("النار", "النار نار نارا"), ("وقف", "وقف ووقف لوقف"), ("إطلاق", "إطلاق اطلاق الإطلاق")]
        {
            for word in words.split_whitespace() {
                assert!(is_form(&of_term(term, true, None), word), "{term} {word}");
            }
        }
        // Here the letters are no article.
        all_hit("ألمانيا", "ألمانيا بألمانيا وألمانيا");
        none_hits("ألمانيا", "مانيا للمانيا");
    }

    #[test]
    fn the_shipped_list_knows_irregular_forms_and_likelier_words() {
        let list = FormTable::of_lines(GRAMMAR.shipped);
        for (term, words) in [
            ("هدنة", "الهدن هدنة"),
            ("دولة", "الدول دول لدول"),
            ("قتيل", "قتلى القتلى"),
            ("أول", "الأولى"),
            ("خاص", "الخاصة"),
            ("وزير", "وزير والوزير ووزراء"),
            ("روسيا", "وروسيا"),
            ("مهجر", "المهجرين مهجرون"),
        ] {
            words.split_whitespace().for_each(|word| assert!(hits_shipped(&list, term, word), "{term} misses {word}"));
        }
        for (term, words) in [
            ("زير", "وزير وزيرهم وزيرا وزيرين"),
            ("تاب", "كتاب كتابه كتابين كتابا"),
            ("آلية", "إليه"),
            ("روسي", "وروسيا"),
            ("مهجر", "مهاجر المهاجرين"),
            ("تهجير", "هجرة مهاجرون"),
            ("سلام", "إسلام"),
            ("نية", "فنية"),
        ] {
            words.split_whitespace().for_each(|word| assert!(!hits_shipped(&list, term, word), "{term} hits {word}"));
        }
    }

    #[test]
    fn stems_are_few() {
        for term in ["قصف", "قال", "أعطى", "استطاع", "بناء", "مباراة", "أخذ", "شن", "النازحين", "مستشفى", "ب", "", "ال", "ء"]
        {
            let stems = of_term(term, false, None);
            assert!(stems.len() <= 14, "{term}: {stems:?}");
            assert!(stems.iter().all(|(stem, _)| folded(term).is_empty() || !stem.is_empty()), "{term}: {stems:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_conjunction_may_stand_before_every_form_without_one(
            class in 0u16..30, before in "[البكسيتن]{0,3}", after in "[اتةهيونمكن]{0,5}",
        ) {
            let paradigm = paradigm(class);
            if paradigm.allows(&before, &after) {
                let conjoined = format!("و{before}");
                proptest::prop_assert!(paradigm.allows(&conjoined, &after));
            }
        }

        #[test]
        fn the_article_and_a_pronoun_exclude_each_other(class in 0u16..30) {
            for pronoun in ["ها", "هم", "كم", "هما"] {
                proptest::prop_assert!(!paradigm(class).allows("ال", pronoun));
            }
        }
    }
}
