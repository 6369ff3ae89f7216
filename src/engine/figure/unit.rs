//! Words that are counted. By how they begin, folded: the ends are inflection. Words that begin like one of them and are none
//! stand in [`NOT`].

use super::Unit;

const BEGIN: &[(Unit, &[&str])] = &[
    (
        Unit::Families,
        &[
            "famil", "household", "عائل", "عوائل", "اسره", "اسرة", "اسر", "aile", "hane", "семей", "семьи", "семья", "семьям", "сімей", "сімї",
            "foyers", "haushalt", "hogares", "خانواد", "خانوار", "משפח", "خێزان", "malbat",
        ],
    ),
    (
        Unit::Killed,
        &[
            "kill", "dead", "death", "died", "fatalit", "slain", "قتيل", "قتلى", "القتلى", "قتل", "مقتل", "شهيد", "شهداء", "استشه", "وفاة", "وفيات", "olu",
            "oldu", "sehit", "can kayb", "убит", "погиб", "мертв", "жертв", "загиб", "вбит", "mort", "tue", "deces", "tote", "getotet", "todesopfer",
            "muert", "fallecid", "کشته", "جان باخت", "הרוג", "נהרג", "کوژرا", "kusti",
        ],
    ),
    (
        Unit::Injured,
        &[
            "injur", "wounded", "hurt", "جريح", "جرحى", "الجرحى", "مصاب", "اصيب", "اصابة", "اصابات", "yarali", "yaralan", "ранен", "пострадав", "поранен",
            "bless", "verletz", "herid", "مجروح", "زخمي", "مصدوم", "פצוע", "נפצע", "بریندار", "birindar",
        ],
    ),
    (
        Unit::Displaced,
        &[
            "displac", "idps", "refugee", "fled", "evacu", "uprooted", "نازح", "نزح", "نزوح", "النازح", "مهجر", "لاجي", "اللاجي", "yerinden", "siginmaci",
            "multeci", "goc", "беженц", "перемещ", "біженц", "переміщ", "deplac", "refugi", "vertrieb", "fluchtling", "gefluchtet", "desplazad",
            "اواره", "بيجاشده", "پناهند", "עקור", "פליט", "اواره", "koçber", "kocber",
        ],
    ),
    (
        Unit::People,
        &[
            "people", "person", "civilian", "inhabit", "resident", "شخص", "اشخاص", "نسمة", "مدني", "مدنيا", "مواطن", "kisi", "insan", "sivil", "человек",
            "людей", "люди", "жител", "гражданск", "осіб", "gens", "civils", "habitant", "mensch", "zivilist", "einwohner", "habitante", "civiles",
            "نفر", "غيرنظامي", "אנשים", "בני אדם", "כەس", "کەس", "kes",
        ],
    ),
];

/// Words that begin like one that is counted.
const NOT: &[&str] = &["mortgage", "deadline", "deadlock", "killer", "familiar", "oldugu", "oldukca", "oldugunu", "kesin", "tuesday", "اسرائيل", "اسرار", "اسرع", "personal"];

/// What a folded word counts.
pub(super) fn of(word: &str) -> Option<Unit> {
    let bare = super::words::bare(word);
    let begins = |word: &str| BEGIN.iter().find(|(_, begin)| begin.iter().any(|start| word.starts_with(start))).map(|(unit, _)| *unit);
    if NOT.iter().any(|not| word.starts_with(not) || bare.starts_with(not)) {
        return None;
    }
    begins(word).or_else(|| begins(bare))
}
