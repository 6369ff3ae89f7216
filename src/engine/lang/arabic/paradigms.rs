//! The classes of Arabic forms, each a row of what may stand before and after its stem.

use super::super::Class;
use super::affixes::{
    A, AN, AT, DEFINITE, Ends, FUTURE, IMPERFECT, N, NA, NOMINAL, NONE, PLAIN, Paradigm, T, TA, TAN, TEH, TM, TY, TYN, W, WA, WN, Y, YN,
};

/// Particles before it, nothing after it: a form of a list.
pub const ALONE: Class = 0;
/// A masculine noun or a name: accusative, dual, plural in ات, pronouns.
pub const NOUN: Class = 1;
/// A participle or an adjective: every gender and number.
pub const ADJECTIVE: Class = 2;
/// A feminine noun without its ة.
pub const FEMININE: Class = 4;
/// A feminine noun of two letters without its ة: not behind ف, and no ه for ة without the article.
pub const SHORT_FEMININE: Class = 5;
/// A stem that stands only before a pronoun: بنائه of بناء.
pub const BEFORE_PRONOUN: Class = 6;
/// A noun in ى.
pub const MAQSURA: Class = 7;
/// The same without its ى, which is ا before a pronoun: مستواه.
pub const MAQSURA_BOUND: Class = 8;
/// A stem that takes ون or ين alone: قاضون of قاضي.
pub const SOUND_PLURAL: Class = 9;
/// A term that is a sound plural itself, without its ending.
pub const PLURAL_TERM: Class = 10;
/// A broken plural that takes the accusative's ا.
pub const PLURAL: Class = 11;
/// A broken plural that does not.
pub const DIPTOTE: Class = 12;
/// A word that takes pronouns and nothing else.
pub const UNCHANGING: Class = 13;
/// A broken plural that other words look like, unless its article tells.
pub const PLURAL_WITH_ARTICLE: Class = 14;
/// The perfect of a verb.
pub const PERFECT: Class = 20;
/// The perfect's stem before ت and ن, of a verb whose middle vowel goes: أقمت of أقام.
pub const SHORT_PERFECT: Class = 21;
/// A whole form of the perfect: قلت of قال.
pub const WHOLE_PERFECT: Class = 22;
/// The perfect's stem of a verb whose last vowel goes: أعطت of أعطى.
pub const DEFECTIVE_PERFECT: Class = 23;
/// The imperfect's stem.
pub const IMPERFECT_STEM: Class = 24;
/// The imperfect's stem of a verb whose last letter is a vowel.
pub const OPEN_IMPERFECT: Class = 25;
/// The same without that vowel: يرمون, لم يرم.
pub const CUT_IMPERFECT: Class = 26;
/// An imperfect with its prefix: يصل of وصل.
pub const WHOLE_IMPERFECT: Class = 27;
/// An imperfect without the last vowel, with its prefix: يبنون of بنى.
pub const WHOLE_CUT_IMPERFECT: Class = 28;

/// The article must stand before it: a mark on the class of a noun.
pub const WITH_ARTICLE: Class = 1 << 8;

const IMPERFECT_ENDS: Ends = NONE | WN | WA | AN | A | YN | N;
const IMPERFECT_BOUND: Ends = NONE | WN | W | AN;
const ADJECTIVE_ENDS: Ends = NONE | A | TEH | AT | AN | YN | WN | Y | W | TAN | TYN;
const FEMININE_ENDS: Ends = TEH | AT | TAN | TYN | TA | TY;

/// The paradigm of a class.
pub fn paradigm(class: Class) -> Paradigm {
    let noun = |free, bound| Paradigm { fronts: NOMINAL, free, bound, verb: false };
    let verb = |fronts, free, bound| Paradigm { fronts, free, bound, verb: true };
    let mut row = match class & !WITH_ARTICLE {
        ALONE => noun(NONE, 0),
        NOUN => noun(NONE | A | AN | YN | AT, NONE | AT),
        ADJECTIVE => noun(ADJECTIVE_ENDS, NONE | T | AT | Y | W),
        FEMININE | SHORT_FEMININE => noun(FEMININE_ENDS, T | AT | TA | TY),
        BEFORE_PRONOUN => noun(0, NONE),
        MAQSURA => noun(NONE | AT | AN | YN, 0),
        MAQSURA_BOUND => noun(0, A),
        SOUND_PLURAL => noun(WN | YN, 0),
        PLURAL_TERM => noun(WN | YN | Y | W, Y | W),
        PLURAL => noun(NONE | A, NONE),
        DIPTOTE | UNCHANGING => noun(NONE, NONE),
        PLURAL_WITH_ARTICLE => Paradigm { fronts: DEFINITE, ..noun(NONE, 0) },
        PERFECT => verb(PLAIN, NONE | T | A | TA | WA | N | NA | TM, NONE | T | TA | W | NA | TM),
        SHORT_PERFECT => verb(PLAIN, T | NA | N | TM, T | NA | TM),
        WHOLE_PERFECT => verb(PLAIN, NONE | A, NONE),
        DEFECTIVE_PERFECT => verb(PLAIN, T | TA | WA, T | TA | W | A),
        IMPERFECT_STEM => verb(IMPERFECT, IMPERFECT_ENDS, IMPERFECT_BOUND),
        OPEN_IMPERFECT => verb(IMPERFECT, NONE | N | AN | A, NONE),
        CUT_IMPERFECT => verb(IMPERFECT, NONE | WN | WA | YN, NONE | WN | W),
        WHOLE_IMPERFECT => verb(FUTURE | PLAIN, IMPERFECT_ENDS, IMPERFECT_BOUND),
        WHOLE_CUT_IMPERFECT => verb(FUTURE | PLAIN, WN | WA | YN, WN | W),
        _ => noun(0, 0),
    };
    if class & WITH_ARTICLE != 0 {
        row.fronts &= DEFINITE;
    }
    row
}
