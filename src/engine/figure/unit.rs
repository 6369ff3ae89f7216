//! Words that are counted. By how they begin, folded: the ends are inflection. Words that begin like one of them and are none
//! stand in [`NOT`].

use super::Unit;

const BEGIN: &[(Unit, &[&str])] = &[
    (
        Unit::Families,
        &[
            "famil",
            "household",
            "عايل",
            "عوايل",
            "اسره",
            "اسرة",
            "اسر",
            "aile",
            "hane",
            "семей",
            "семьи",
            "семья",
            "семьям",
            "сімей",
            "сімї",
            "foyers",
            "haushalt",
            "hogares",
            "خانواد",
            "خانوار",
            "משפח",
            "خێزان",
            "malbat",
        ],
    ),
    (
        Unit::Killed,
        &[
            "kill",
            "dead",
            "death",
            "died",
            "fatalit",
            "slain",
            "قتيل",
            "قتلي",
            "قتل",
            "مقتل",
            "شهيد",
            "شهدا",
            "استشه",
            "وفاة",
            "وفيات",
            "olu",
            "oldu",
            "sehit",
            "убит",
            "погиб",
            "мертв",
            "жертв",
            "загиб",
            "вбит",
            "mort",
            "tue",
            "deces",
            "tote",
            "getotet",
            "todesopfer",
            "muert",
            "fallecid",
            "كشته",
            "הרוג",
            "נהרג",
            "كوژرا",
            "kusti",
        ],
    ),
    (
        Unit::Injured,
        &[
            "injur",
            "wounded",
            "hurt",
            "جريح",
            "جرحي",
            "مصاب",
            "اصيب",
            "اصابة",
            "اصابات",
            "yarali",
            "yaralan",
            "ранен",
            "пострадав",
            "поранен",
            "bless",
            "verletz",
            "herid",
            "مجروح",
            "زخمي",
            "مصدوم",
            "פצוע",
            "נפצע",
            "بريندار",
            "birindar",
        ],
    ),
    (
        Unit::Displaced,
        &[
            "displac",
            "idps",
            "refugee",
            "fled",
            "evacu",
            "uprooted",
            "نازح",
            "نزح",
            "نزوح",
            "النازح",
            "مهجر",
            "لاجي",
            "اللاجي",
            "yerinden",
            "siginmaci",
            "multeci",
            "goc",
            "беженц",
            "перемещ",
            "біженц",
            "переміщ",
            "deplac",
            "refugi",
            "vertrieb",
            "fluchtling",
            "gefluchtet",
            "desplazad",
            "اواره",
            "بيجاشده",
            "پناهند",
            "עקור",
            "פליט",
            "kocber",
        ],
    ),
    (
        Unit::People,
        &[
            "people",
            "person",
            "civilian",
            "inhabit",
            "resident",
            "شخص",
            "اشخاص",
            "نسمة",
            "مدني",
            "مدنيا",
            "مواطن",
            "kisi",
            "insan",
            "sivil",
            "человек",
            "людей",
            "люди",
            "жител",
            "гражданск",
            "осіб",
            "gens",
            "civils",
            "habitant",
            "mensch",
            "zivilist",
            "einwohner",
            "habitante",
            "civiles",
            "نفر",
            "غيرنظامي",
            "אנשים",
            "كەس",
            "kes",
        ],
    ),
];

/// Words that begin like one that is counted.
const NOT: &[&str] = &[
    "mortgage",
    "deadline",
    "deadlock",
    "killer",
    "familiar",
    "oldugu",
    "oldukca",
    "oldugunu",
    "kesin",
    "tuesday",
    "اسراييل",
    "اسرار",
    "اسرع",
    "personal",
];

/// What a folded word counts.
pub(super) fn of(word: &str) -> Option<Unit> {
    let bare = super::words::bare(word);
    let begins = |word: &str| BEGIN.iter().find(|(_, begin)| begin.iter().any(|start| word.starts_with(start))).map(|(unit, _)| *unit);
    if NOT.iter().any(|not| word.starts_with(not) || bare.starts_with(not)) {
        return None;
    }
    begins(word).or_else(|| begins(bare))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::lang::fold::Folded;

    #[test]
    fn every_word_stands_as_it_is_folded() {
        let all = BEGIN.iter().flat_map(|(_, words)| words.iter()).chain(NOT);
        let wrong: Vec<_> =
            all.filter(|word| Folded::new(word).word(0) != **word).map(|word| (*word, Folded::new(word).word(0).to_owned())).collect();
        assert_eq!(wrong, []);
    }
}
