//! What is written as one word with an Arabic stem: particles and verb prefixes before it, endings and pronouns after it.
//!
//! Both sides are read into sets of bits, so that a class of forms is no more than a few masks.

/// What stands before a stem, behind an optional conjunction (و ف): one bit of these.
pub type Fronts = u16;

/// Nothing.
pub const PLAIN: Fronts = 1;
/// One of the prepositions ب ل ك.
pub const PREPOSITION: Fronts = 1 << 1;
/// The article.
pub const ARTICLE: Fronts = 1 << 2;
/// A preposition and the article; ل and the article make لل.
pub const BOTH: Fronts = 1 << 3;
/// The imperfect's third person, with its future or purpose particle, if any.
pub const IMPERFECT_Y: Fronts = 1 << 4;
/// The imperfect's feminine or second person.
pub const IMPERFECT_T: Fronts = 1 << 5;
/// The imperfect's first person plural.
pub const IMPERFECT_N: Fronts = 1 << 6;
/// The future particle, or ل of purpose, before a stem that has its own verb prefix.
pub const FUTURE: Fronts = 1 << 8;

/// Every front of a noun.
pub const NOMINAL: Fronts = PLAIN | PREPOSITION | ARTICLE | BOTH;
/// Every front with the article.
pub const DEFINITE: Fronts = ARTICLE | BOTH;
/// Every person of the imperfect but the first singular: news seldom has it, and an alef before a stem makes many other words.
pub const IMPERFECT: Fronts = IMPERFECT_Y | IMPERFECT_T | IMPERFECT_N;

/// Reads what stands before a stem; no bit when it is nothing that Arabic writes there.
pub fn fronts(before: &str) -> Fronts {
    // The longest chain is a conjunction, a particle and the article.
    if before.len() > 8 {
        return 0;
    }
    let behind_conjunction = before.strip_prefix(['و', 'ف']).unwrap_or(before);
    match behind_conjunction {
        "" => PLAIN,
        "ل" => PREPOSITION | FUTURE,
        "ب" | "ك" => PREPOSITION,
        "س" => FUTURE,
        "ال" => ARTICLE,
        "بال" | "كال" | "لل" => BOTH,
        "ي" | "سي" | "لي" => IMPERFECT_Y,
        "ت" | "ست" | "لت" => IMPERFECT_T,
        "ن" | "سن" | "لن" => IMPERFECT_N,
        _ => 0,
    }
}

/// A set of endings.
pub type Ends = u32;

/// The bare stem.
pub const NONE: Ends = 1;
/// ا: accusative, dual in the construct state or of a verb; the long vowel of a defective stem before a pronoun.
pub const A: Ends = 1 << 1;
/// ت: feminine of a verb; feminine of a noun before a pronoun.
pub const T: Ends = 1 << 2;
/// ة, or ه as it is often typed.
pub const TEH: Ends = 1 << 3;
/// ات: feminine plural.
pub const AT: Ends = 1 << 4;
/// ان: dual.
pub const AN: Ends = 1 << 5;
/// ين: dual and masculine plural, oblique.
pub const YN: Ends = 1 << 6;
/// ون: masculine plural.
pub const WN: Ends = 1 << 7;
/// ي: plural or dual in the construct state, oblique.
pub const Y: Ends = 1 << 8;
/// و: masculine plural in the construct state, or of a verb before a pronoun.
pub const W: Ends = 1 << 9;
/// تان: feminine dual.
pub const TAN: Ends = 1 << 10;
/// تين: feminine dual, oblique.
pub const TYN: Ends = 1 << 11;
/// تا: feminine dual in the construct state or of a verb.
pub const TA: Ends = 1 << 12;
/// تي: feminine dual in the construct state, oblique; my.
pub const TY: Ends = 1 << 13;
/// وا: masculine plural of a verb.
pub const WA: Ends = 1 << 14;
/// ن: feminine plural of a verb.
pub const N: Ends = 1 << 15;
/// نا: first person plural of a verb.
pub const NA: Ends = 1 << 16;
/// تم, تن, تما: second person plural and dual of a verb.
pub const TM: Ends = 1 << 17;

/// The endings that may follow a noun with its article.
const DEFINITE_ENDS: Ends = NONE | TEH | AT | AN | YN | WN | TAN | TYN;
/// The endings of the nominative and the accusative, which no preposition governs.
const UNGOVERNED: Ends = A | AN | WN | W | TAN | TA | WA;

/// What follows a stem: the endings that it may be by itself, and those that it may be before a pronoun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Back {
    /// Endings without a pronoun.
    pub free: Ends,
    /// Endings before a pronoun.
    pub bound: Ends,
    /// Endings before ني, the pronoun that only verbs take.
    pub bound_to_verb: Ends,
}

fn ending(letters: &str) -> Ends {
    match letters {
        "" => NONE,
        "ا" => A,
        "ت" => T,
        "ة" | "ه" => TEH,
        "ات" => AT,
        "ان" => AN,
        "ين" => YN,
        "ون" => WN,
        "ي" => Y,
        "و" => W,
        "تان" => TAN,
        "تين" => TYN,
        "تا" => TA,
        "تي" => TY,
        "وا" => WA,
        "ن" => N,
        "نا" => NA,
        "تم" | "تن" | "تما" | "تمو" => TM,
        _ => 0,
    }
}

/// The pronouns that nouns and verbs take.
pub const PRONOUNS: [&str; 10] = ["ه", "ها", "هم", "هن", "هما", "نا", "ك", "كم", "كن", "كما"];

/// Reads what follows a stem.
pub fn back(after: &str) -> Back {
    // The longest ending has three letters, as has the longest pronoun.
    if after.len() > 12 {
        return Back { free: 0, bound: 0, bound_to_verb: 0 };
    }
    let mut bound = 0;
    for pronoun in PRONOUNS {
        if let Some(rest) = after.strip_suffix(pronoun) {
            // The teh of a feminine noun is never round before a pronoun.
            bound |= ending(rest) & !TEH;
        }
    }
    let bound_to_verb = after.strip_suffix("ني").map_or(0, ending);
    Back { free: ending(after), bound, bound_to_verb }
}

/// A class of forms: what may stand before and after its stem.
#[derive(Debug, Clone, Copy)]
pub struct Paradigm {
    /// The fronts it takes.
    pub fronts: Fronts,
    /// The endings it takes without a pronoun.
    pub free: Ends,
    /// The endings it takes before a pronoun.
    pub bound: Ends,
    /// Whether it is a verb, so that it takes the pronoun ني.
    pub verb: bool,
}

impl Paradigm {
    /// Whether a stem of this paradigm may stand inside a word between `before` and `after`.
    pub fn allows(&self, before: &str, after: &str) -> bool {
        let front = fronts(before) & self.fronts;
        if front == 0 {
            return false;
        }
        let back = back(after);
        let (mut free, mut bound) = (back.free & self.free, back.bound & self.bound);
        if self.verb {
            bound |= back.bound_to_verb & self.bound;
        }
        if front & DEFINITE != 0 {
            // The article and a pronoun exclude each other.
            free &= DEFINITE_ENDS;
            bound = 0;
        }
        if front & (PREPOSITION | BOTH) != 0 {
            free &= !UNGOVERNED;
            bound &= !(W | TA);
        }
        free | bound != 0
    }
}
