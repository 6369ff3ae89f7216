//! The numbers that stand beside a word: `count(displaced)>=500`. What a number is, [`crate::engine::figure::number`] says.

use super::scan::Hit;
use crate::engine::{
    figure::number::{CLOSE, read},
    lang::fold::Folded,
};

/// How many words may stand between a number and the hit it counts.
const REACH: usize = 3;

/// The most words of a number, more or less.
const LONGEST: usize = 12;

/// The largest number beside any of the hits, all of them in this field.
pub(super) fn beside(original: &str, folded: &Folded, hits: &[Hit]) -> Option<i64> {
    hits.iter().filter_map(|hit| beside_one(original, folded, hit)).max()
}

fn beside_one(original: &str, folded: &Folded, hit: &Hit) -> Option<i64> {
    let (first, last) = (hit.first as usize, hit.last as usize);
    // A long number is several words, so the look starts further off.
    let from = (first.saturating_sub(REACH + LONGEST)..first).rev().take_while(|word| !folded.words[*word].stop).last().unwrap_or(first);
    let mut largest = None;
    let mut word = from;
    while word < folded.words.len() && word <= last + REACH + 1 {
        if let Some(number) = read(original, folded, word) {
            let reach = if number.close { CLOSE } else { REACH };
            let near = if word < first { first < number.next + reach + 1 } else { word > last && !number.close };
            if near {
                largest = largest.max(Some(number.value));
            }
            word = number.next;
        } else {
            word += 1;
        }
        if word > last && folded.words[word - 1].stop {
            break;
        }
    }
    largest
}

#[cfg(test)]
mod tests {
    use crate::engine::rule::{Lexicon, RuleSpec, Subject, compile};

    fn holds(when: &str, text: &str) -> bool {
        let spec = RuleSpec { id: "r".into(), when: Some(when.into()), ..RuleSpec::default() };
        !compile(&[spec], &Lexicon::default()).unwrap().matches(&Subject { text, ..Subject::default() }).is_empty()
    }

    #[test]
    fn a_number_beside_the_word_is_counted() {
        for text in [
            "some 500 people were displaced",
            "displaced: 12,500 since May",
            "12 500 newly displaced",
            "about 1.5 million displaced",
            "5 thousand displaced",
            "٥٠٠ displaced",
            "displaced over 20k people",
            "five hundred people were displaced",
            "some three thousand five hundred displaced",
        ] {
            assert!(holds("count(displaced)>=500", text), "{text}");
        }
        for text in [
            "499 displaced",
            "In 2011. Displaced people",
            "500 metres from the camp of the displaced",
            "displaced",
            "1.5 displaced",
            "4 people displaced. 900 fled",
        ] {
            assert!(!holds("count(displaced)>=500", text), "{text}");
        }
        assert!(holds("count(نازح)>=5000", "نحو ٥ آلاف نازح"));
        assert!(holds("count(نازح)=3000", "نحو ثلاثة آلاف نازح"));
        assert!(holds("count(نازح)=3500", "ثلاثة آلاف وخمسمئة نازح"));
        assert!(
            holds("count(عائلة)>=41814", "41814 عائلة (260503 أشخاص)") && holds("count(شخص | أشخاص)=260503", "41814 عائلة (260503 أشخاص)")
        );
        assert!(holds("count(беженец)=3000", "три тысячи беженцев"));
        assert!(holds("count(kişi)=3500", "3,5 bin kişi"));
        assert!(holds("count(displaced)=12", "12 displaced"));
    }

    /// Whether each text counts so many.
    #[track_caller]
    fn counts(term: &str, texts: &[(i64, &str)]) {
        for (value, text) in texts {
            assert!(holds(&format!("count({term})={value}"), text), "{value}: {text}");
        }
    }

    /// Whether no number of a text counts.
    #[track_caller]
    fn none_counts(term: &str, texts: &[&str]) {
        for text in texts {
            assert!(!holds(&format!("count({term})>=1"), text), "{text}");
        }
    }

    #[test]
    fn arabic_teens_are_one_number() {
        counts(
            "قتيل | شخص | نازح | امرأة",
            &[
                (15, "مقتل خمسة عشر شخصا في قصف على إدلب"),
                (11, "سقط أحد عشر قتيلا في غارات على ريف حلب"),
                (13, "بينهم ثلاث عشرة امرأة"),
                (12, "أصيب اثنا عشر شخصا بجروح"),
                (12, "إصابة اثني عشر شخصا في انفجار"),
                (12, "بينهن اثنتا عشرة امرأة"),
                (15_000, "وصل خمسة عشر ألف نازح إلى المخيم"),
                (115, "مئة وخمسة عشر قتيلا"),
                (111, "مئة وأحد عشر قتيلا"),
                (21, "واحد وعشرون قتيلا"),
                (10, "مقتل عشرة أشخاص"),
                (12, "حصيلة القصف ترتفع لـ12 قتيلا"),
            ],
        );
    }

    #[test]
    fn a_smaller_number_follows_a_multiplier() {
        counts(
            "mülteci | kişi",
            &[
                (12_000, "12 bini aşkın mülteci ülkesine döndü"),
                (12_000, "12 bine yakın mülteci sınırda bekliyor"),
                (12_000, "Bölgede 12 binden fazla mülteci yaşıyor"),
                (12_000, "12 bin'den fazla mülteci"),
                (2_500_000, "2,5 milyondan fazla mülteci"),
                (2500, "İdlib'de 2 bin 500 mülteci kaldı"),
                (120_350, "120 bin 350 mülteci kayıt yaptırdı"),
                (1_200_000, "1 milyon 200 bin mülteci"),
                (1_500_000, "bir buçuk milyon mülteci"),
                (1000, "Sınırda bin kişi bekliyor"),
                (1000, "Binden fazla kişi öldü"),
                (1000, "Dün sınırdan bin Suriyeli mülteci geçti"),
                (1_000_000, "Milyonu aşkın kişi göç etti"),
                (500_000, "Yarım milyon mülteci"),
            ],
        );
        counts(
            "displaced",
            &[
                (1_200_000, "1 million 200 thousand displaced, officials say"),
                (1_200_000, "1 million 200 000 displaced"),
                (1_200_000, "1.2m displaced"),
                (2_000_000, "displaced more than 2 million on Monday"),
                (3_000_000, "Displaced: 3 million and 5 camps closed"),
                (2011, "In 2011 thousands were displaced"),
                (2_000_000, "2 million 2015 displaced"),
            ],
        );
        counts(
            "беженец",
            &[(1_200_000, "1 миллион 200 тысяч беженцев"), (2500, "2 тыс. 500 беженцев"), (1_200_000, "1 млн 200 тыс. беженцев")],
        );
        counts(
            "نازح",
            &[
                (1_200_000, "مليون و200 ألف نازح في الشمال السوري"),
                (1_200_000, "مليون و 200 ألف نازح"),
                (3500, "3 آلاف و500 نازح وصلوا إلى المخيم"),
                (2500, "ألفان وخمسمئة نازح"),
            ],
        );
    }

    #[test]
    fn half_of_a_multiplier_is_half_of_it() {
        for (term, text) in [
            ("displaced", "Half a million displaced in Idlib, UN says"),
            ("displaced", "half of a million displaced"),
            ("displaced", "a half-million displaced Syrians"),
            ("نازح", "نزوح نصف مليون نازح من إدلب"),
            ("نازح", "أكثر من نصف مليون نازح"),
            ("mülteci", "yarım milyon mülteci"),
            ("беженец", "полмиллиона беженцев"),
            ("біженець", "пів мільйона біженців"),
            ("біженець", "півмільйона біженців"),
            ("Flüchtling", "eine halbe Million Flüchtlinge"),
            ("déplacé", "un demi-million de déplacés"),
            ("desplazado", "medio millón de desplazados"),
            ("آواره", "نیم میلیون آواره"),
            ("koçber", "nîv milyon koçber"),
            ("פליט", "חצי מיליון פליטים"),
        ] {
            counts(term, &[(500_000, text)]);
        }
        for (term, text) in [
            ("نازح", "مليون ونصف نازح"),
            ("نازح", "مليون ونصف المليون نازح"),
            ("نازح", "مليون ونصف مليون نازح"),
            ("displaced", "one and a half million displaced"),
            ("displaced", "1½ million displaced"),
            ("displaced", "a million and a half displaced"),
            ("беженец", "полтора миллиона беженцев"),
            ("біженець", "півтора мільйона біженців"),
            ("déplacé", "un million et demi de déplacés"),
            ("desplazado", "un millón y medio de desplazados"),
            ("Flüchtling", "anderthalb Millionen Flüchtlinge"),
            ("פליט", "מיליון וחצי פליטים"),
            ("آواره", "یک میلیون و نیم آواره"),
        ] {
            counts(term, &[(1_500_000, text)]);
        }
        counts("беженец", &[(2_500_000, "два с половиной миллиона беженцев"), (250_000, "четверть миллиона беженцев")]);
        counts("displaced", &[(250_000, "a quarter of a million displaced"), (750_000, "three quarters of a million displaced")]);
        counts("نازح", &[(250_000, "ربع مليون نازح"), (2_500_000, "مليونين ونصف المليون نازح"), (3_500_000, "3 ملايين ونصف نازح")]);
        counts("نازح", &[(1_000_000, "مليون ونصف السكان نازح")]);
    }

    #[test]
    fn a_shortened_multiplier_ends_no_sentence() {
        counts("беженец", &[(5000, "Более 5 тыс. беженцев покинули Идлиб"), (5500, "5,5 тыс. беженцев"), (3_000_000, "3 млн. беженцев")]);
        counts("біженець", &[(5000, "5 тис. біженців прибули до Польщі")]);
        counts(
            "Flüchtling",
            &[(1_500_000, "1,5 Mio. Flüchtlinge"), (2000, "2 Tsd. Flüchtlinge in der Stadt"), (3000, "3 Tsd. syrische Flüchtlinge")],
        );
        none_counts("беженец", &["Ущерб достиг 5 млн. Беженцы вернулись", "Ущерб 5 млн!\nбеженцы вернулись"]);
    }

    #[test]
    fn a_multiplier_alone_counts_once() {
        counts(
            "نازح",
            &[
                (1_000_000, "أكثر من مليون نازح في إدلب"),
                (1000, "وصل ألف نازح إلى المعبر"),
                (1_000_000, "المخيمات تضم المليون نازح"),
                (1000, "ما يزيد عن ألف شخص نازح"),
                (1_000_000, "تهجير لمليون نازح"),
            ],
        );
        counts(
            "беженец | человек",
            &[
                (1_000_000, "миллион беженцев"),
                (1_000_000, "Страну покинули более миллиона беженцев"),
                (1_000_000, "в 2015 миллион беженцев пересёк границу"),
                (1000, "тысяча человек осталась без крова"),
                (1000, "погибли более тысячи человек"),
                (1000, "Эвакуировали около тысячи человек"),
            ],
        );
        counts("біженець", &[(1_000_000, "понад мільйон біженців"), (1000, "близько тисячі біженців")]);
        counts("Flüchtling", &[(1_000_000, "eine Million Flüchtlinge"), (1000, "rund tausend Flüchtlinge")]);
        counts(
            "persona",
            &[(1000, "mil personas huyeron"), (1_000_000, "un millón de personas"), (1_000_000_000, "mil millones de personas")],
        );
        counts("déplacé", &[(1_000_000, "un million de déplacés"), (1000, "mille déplacés"), (1000, "un millier de déplacés")]);
        counts(
            "פליט",
            &[(1000, "אלף פליטים"), (1_000_000, "מיליון פליטים"), (1_000_000, "יותר ממיליון פליטים"), (1000, "יותר מאלף פליטים")],
        );
        counts("آواره", &[(1000, "هزار آواره"), (1_000_000, "بیش از یک میلیون آواره")]);
        counts("displaced", &[(1_000_000, "a million displaced"), (1000, "a thousand displaced")]);
    }

    #[test]
    fn a_vague_plural_is_no_number() {
        none_counts(
            "displaced",
            &["thousands of displaced", "millions displaced", "tens of thousands displaced", "several thousand displaced"],
        );
        none_counts("نازح | النازحين", &["آلاف النازحين", "عشرات آلاف النازحين", "مئات الآلاف من النازحين", "ملايين النازحين", "بضعة آلاف نازح"]);
        none_counts(
            "беженец",
            &["тысячи беженцев", "десятки тысяч беженцев", "миллионы беженцев", "несколько тысяч беженцев", "сотни тысяч беженцев"],
        );
        none_counts(
            "mülteci",
            &["binlerce mülteci", "on binlerce mülteci", "milyonlarca mülteci", "birkaç bin mülteci", "yüz binlerce mülteci"],
        );
        none_counts("آواره", &["هزاران آواره", "ده‌ها هزار آواره", "چند هزار آواره", "صدها هزار آواره"]);
        none_counts(
            "Flüchtling",
            &[
                "Tausende Flüchtlinge",
                "Millionen Flüchtlinge",
                "mehrere tausend Flüchtlinge",
                "Ich bin Flüchtling",
                "Ich bin als Flüchtling gekommen",
            ],
        );
        none_counts("persona", &["miles de personas", "millones de personas"]);
        none_counts("פליט", &["אלפי פליטים", "מיליוני פליטים", "עשרות אלפי פליטים", "מאות אלף פליטים"]);
        none_counts("displaced", &["Mohammed bin Salman displaced him", "a bin displaced", "Bin Laden displaced"]);
        none_counts("نازح", &["الفصائل تمنع كل نازح", "عثر على نازح ميتا", "الفلسطينيون ونازح"]);
        none_counts("millionaire | millennium", &["the millionaire", "the millennium"]);
        // هزاره is a people.
        counts("آواره", &[(12, "۱۲ هزاره آواره شدند")]);
    }

    #[test]
    fn a_dual_is_two() {
        counts(
            "نازح | شخص",
            &[
                (2000, "عاد ألفا نازح إلى قراهم"),
                (2000, "عودة ألفي نازح إلى قراهم"),
                (20_000, "بلغ العدد عشرين ألفا نازح"),
                (200, "عودة مئتي نازح"),
                (200, "عاد مئتا نازح"),
                (200, "عودة مائتي نازح"),
                (1500, "بلغ ألفا و500 نازح"),
                (2_000_000, "مليونا نازح"),
            ],
        );
        counts("беженец", &[(2000, "две тысячи беженцев вернулись домой"), (300, "около трёхсот беженцев")]);
        counts("פליט", &[(2000, "אלפיים פליטים הגיעו"), (200, "מאתיים פליטים"), (2000, "כאלפיים פליטים")]);
    }
}
