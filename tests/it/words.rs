//! The words that marsad was made for: every form of them is found, and what only looks like one is not.

use marsad::{
    config::{self, Source},
    engine::rule::{Lexicon, RuleSpec, Subject, compile},
};
use std::sync::Arc;

/// The shipped concepts.
fn lexicon() -> Lexicon {
    let text = "[[feed]]\nurl = 'https://a.example/rss'\n[[rule]]\nname = 'r'\nany = ['@idlib']\n";
    config::load(&[Source { name: "words.toml".into(), text: text.into() }], &Arc::default()).unwrap().config.lexicon
}

/// Which of `words` a rule of one term hits, its words taking the forms of these languages.
fn hits<'w>(lexicon: &Lexicon, term: &str, langs: &[&str], words: &[&'w str]) -> Vec<&'w str> {
    let langs = langs.iter().map(|lang| (*lang).to_owned()).collect();
    let spec = RuleSpec { id: "r".into(), any: vec![term.into()], feed_langs: langs, ..RuleSpec::default() };
    let rules = compile(&[spec], lexicon).unwrap();
    words.iter().copied().filter(|text| !rules.matches(&Subject { text, ..Subject::default() }).is_empty()).collect()
}

#[test]
fn every_form_of_a_word_is_found() {
    let lexicon = lexicon();
    for (term, words) in [
        (
            "@idlib",
            &[
                "İdlib'de",
                "İDLİB'DE",
                "İdlib’deki",
                "IDLIB",
                "ИДЛИБЕ",
                "идлибской",
                "بإدلب",
                "ادلب",
                "إِدْلِب",
                "وإدلب",
                "ادلـب",
                "وبإدلب",
                "לאידליב",
            ][..],
        ),
        (
            "@ceasefire",
            &["ATEŞKES", "ateşkesin", "Ateskes", "перемирия", "لوقف إطلاق النار", "ووقف إطلاق نار", "Waffenruhe", "перемир’ям", "آتش بس"],
        ),
        ("@displacement", &["displaced", "النزوح", "ونزوحهم", "نازحين", "للنازحين", "yerinden edilenlerin", "перемещённых лиц"]),
        ("@refugees", &["اللاجئين", "mültecilerle", "беженцев", "réfugiés", "refugiados", "Flüchtlingen", "פליטים", "біженців"]),
    ] {
        assert_eq!(hits(&lexicon, term, &[], words), words, "{term}");
    }
    for (term, langs, words) in [
        ("إدلب", &["ar"][..], &["بإدلب", "وبإدلب", "لإدلب", "كإدلب"][..]),
        ("نزوح", &["ar"], &["النزوح", "ونزوحهم", "بالنزوح", "نزوحاً"]),
        ("İdlib", &["tr"], &["İdlib'deki", "İdlibde", "IDLIB", "idlib"]),
        ("ateşkes", &["tr"], &["ateşkesin", "ATEŞKESLER", "ateskese", "ateşkesle"]),
        ("Идлиб", &["ru"], &["Идлибе", "Идлибом", "ИДЛИБУ"]),
        ("перемирие", &["ru"], &["перемирия", "перемирию", "перемирий"]),
        ("сім'я", &["uk"], &["Тисячі сімей залишили місто", "Допомога сім'ї загиблого", "разом із сім’єю"]),
        ("ім'я", &["uk"], &["Оприлюднено імена загиблих", "без імені"]),
        ("суддя", &["uk"], &["Його судили разом із суддею", "рішення суддів"]),
        ("su", &["tr"], &["İdlib'de kampın suyu kesildi", "Temiz suya erişim yok", "suyun fiyatı", "Suyunu kesti"]),
        ("путь", &["ru"], &["Колонна шла другим путём", "гуманитарные пути перекрыты"]),
        ("refugee", &["en"], &["refugees", "REFUGEE", "refugee's"]),
        ("אידליב", &["he"], &["באידליב", "ומאידליב", "שבאידליב"]),
        ("آواره", &["fa"], &["آواره‌ها", "آوارگان"]),
    ] {
        assert_eq!(hits(&lexicon, term, langs, words), words, "{term}");
    }
}

#[test]
fn what_only_looks_like_a_form_is_not_found() {
    let lexicon = lexicon();
    for (term, langs, words) in [
        ("سلام", &["ar"][..], &["إسلام", "الإسلام"][..]),
        ("kan", &["tr"], &["kanun", "kanunlar"]),
        ("Идлиб", &["ru"], &["идиллия", "идиллии"]),
        ("زير", &["ar"], &["وزير", "الوزير"]),
        ("ada", &["tr"], &["adam", "adamlar"]),
        ("تاب", &["ar"], &["كتاب", "كتابه"]),
        ("@idlib", &[], &["الدلبحي", "هايدلبرج", "идиллия"]),
        ("@displacement", &[], &["مهاجرين", "الهجرة", "göçmen"]),
        ("@refugees", &[], &["علاجية", "الملاجئ", "sığınmak"]),
        ("@ceasefire", &[], &["شاهدنا", "ateş", "الهند"]),
    ] {
        assert!(hits(&lexicon, term, langs, words).is_empty(), "{term} hit {:?}", hits(&lexicon, term, langs, words));
    }
}
