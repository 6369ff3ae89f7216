//! The machine of Turkish suffix chains: whether letters after a stem are suffixes that may follow it and one another.
//!
//! Which suffix may follow which is data (`turkish.txt`); here are vowel harmony, the buffer letters and the walk. Letters
//! are folded, so a suffix's vowel is a or e by the frontness of the vowel before it, and i or u by its roundness.

use std::sync::LazyLock;

/// One letter of a suffix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece {
    /// This letter.
    Letter(u8),
    /// a after a back vowel, e after a front one.
    Open,
    /// i after an unrounded vowel, u after a rounded one (ı and ü are folded).
    High,
    /// d, after a voiceless consonant t.
    Dental,
    /// This consonant, after a vowel only.
    Buffer(u8),
    /// The vowel of this piece, after a consonant only.
    OpenJoint,
    /// As before.
    HighJoint,
    /// Nothing, after this letter only.
    After(u8),
    /// Nothing, and what follows takes front vowels.
    Front,
    /// Nothing, after a vowel only.
    AfterVowel,
}

/// A suffix and the state that it leads to.
type Edge = (Vec<Piece>, usize);

/// A point in a chain.
#[derive(Debug)]
struct State {
    name: &'static str,
    /// Whether a word may end here.
    ends: bool,
    edges: Vec<Edge>,
}

static STATES: LazyLock<Vec<State>> = LazyLock::new(|| read(include_str!("../turkish.txt")));

/// Where a chain begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// A nominal stem.
    Noun,
    /// A nominal stem that is only heard before a vowel.
    NounBeforeVowel,
    /// A verb's stem.
    Verb,
    /// The same of a term in -mak or -mek.
    InfinitiveVerb,
    /// A verb's stem that is only heard before a vowel.
    VerbBeforeVowel,
    /// A verb's stem without its last vowel, as before -yor.
    Narrowed,
    /// The head of a compound, without its owner's suffix.
    Compound,
    /// Forms of a verb that are often nouns.
    Chance,
}

/// The states of [`Start`], in its order.
static STARTS: LazyLock<[usize; 8]> = LazyLock::new(|| {
    ["noun", "noun_vowel", "verb", "infinitive_verb", "verb_vowel", "narrow", "compound", "chance"].map(|name| index_of(&STATES, name))
});

fn index_of(states: &[State], name: &str) -> usize {
    states.iter().position(|state| state.name == name).unwrap_or(usize::MAX)
}

fn read(text: &'static str) -> Vec<State> {
    let lines: Vec<(&str, &str)> = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(':')).collect();
    let mut states: Vec<State> =
        lines.iter().map(|(head, _)| State { name: head.trim_end_matches('*'), ends: head.ends_with('*'), edges: Vec::new() }).collect();
    for (at, (_, tail)) in lines.iter().enumerate() {
        let words: Vec<&str> = tail.split_whitespace().collect();
        let edges = words.chunks_exact(2).map(|pair| (pieces(pair[0]), index_of(&states, pair[1]))).collect();
        states[at].edges = edges;
    }
    states
}

fn pieces(suffix: &str) -> Vec<Piece> {
    let (mut bracketed, mut asks) = (false, false);
    let mut pieces = Vec::new();
    for letter in suffix.bytes() {
        if std::mem::take(&mut asks) {
            pieces.push(if letter == b'V' { Piece::AfterVowel } else { Piece::After(letter) });
            continue;
        }
        match (letter, bracketed) {
            (b'<', _) => asks = true,
            (b'(', _) => bracketed = true,
            (b')', _) => bracketed = false,
            (b'-', _) => {}
            (b'^', _) => pieces.push(Piece::Front),
            (b'A', false) => pieces.push(Piece::Open),
            (b'I', false) => pieces.push(Piece::High),
            (b'D', _) => pieces.push(Piece::Dental),
            (b'A', true) => pieces.push(Piece::OpenJoint),
            (b'I', true) => pieces.push(Piece::HighJoint),
            (letter, true) => pieces.push(Piece::Buffer(letter)),
            (letter, false) => pieces.push(Piece::Letter(letter)),
        }
    }
    pieces
}

/// What is known of the letters before a suffix.
#[derive(Debug, Clone, Copy)]
pub struct Sound {
    /// Whether the last vowel is front; none if either may be.
    pub front: Option<bool>,
    /// Whether the last vowel is rounded; none if either may be.
    pub round: Option<bool>,
    /// The last letter; none for letters that are spelled out, where nothing is certain.
    pub last: Option<u8>,
}

/// Whether this folded letter is a vowel.
pub fn is_vowel(letter: u8) -> bool {
    matches!(letter, b'a' | b'e' | b'i' | b'o' | b'u')
}

/// Whether d turns to t after it. A folded c is ç at the end of nearly every stem.
fn is_voiceless(letter: u8) -> bool {
    matches!(letter, b'f' | b's' | b't' | b'k' | b'c' | b'h' | b'p' | b'x')
}

impl Sound {
    /// The sound after one more letter.
    fn then(self, letter: u8) -> Sound {
        let (front, round) = match letter {
            b'a' => (Some(false), Some(false)),
            b'e' => (Some(true), Some(false)),
            b'i' => (self.front, Some(false)),
            b'o' => (Some(false), Some(true)),
            b'u' => (self.front, Some(true)),
            _ => (self.front, self.round),
        };
        Sound { front, round, last: Some(letter) }
    }

    /// Takes one piece off `rest`, or an optional one's absence; none if the letters do not agree.
    fn take(self, piece: Piece, rest: &[u8]) -> Option<(Sound, &[u8])> {
        let after_vowel = self.last.map(is_vowel);
        let wanted = match piece {
            Piece::After(letter) => return (self.last == Some(letter)).then_some((self, rest)),
            Piece::Front => return Some((Sound { front: Some(true), ..self }, rest)),
            Piece::AfterVowel => return after_vowel.unwrap_or(true).then_some((self, rest)),
            Piece::Buffer(_) => after_vowel,
            Piece::OpenJoint | Piece::HighJoint => after_vowel.map(|after| !after),
            _ => Some(true),
        };
        let taken = || rest.split_first().filter(|(letter, _)| self.fits(piece, **letter)).map(|(letter, tail)| (self.then(*letter), tail));
        match wanted {
            Some(true) => taken(),
            Some(false) => Some((self, rest)),
            None => taken().or(Some((self, rest))),
        }
    }

    /// Whether a letter can stand for a piece behind this sound.
    fn fits(self, piece: Piece, letter: u8) -> bool {
        match (piece, letter) {
            (Piece::Letter(wanted) | Piece::Buffer(wanted), _) => letter == wanted,
            (Piece::Open | Piece::OpenJoint, b'a') => self.front != Some(true),
            (Piece::Open | Piece::OpenJoint, b'e') => self.front != Some(false),
            (Piece::High | Piece::HighJoint, b'i') => self.round != Some(true),
            (Piece::High | Piece::HighJoint, b'u') => self.round != Some(false),
            (Piece::Dental, b'd') => !self.last.is_some_and(is_voiceless) || self.last == Some(b'c'),
            // Foreign names in -b, -d, -g are written with either.
            (Piece::Dental, b't') => self.last.is_none_or(|last| is_voiceless(last) || matches!(last, b'b' | b'd' | b'g')),
            _ => false,
        }
    }
}

/// Whether `suffixes` is a whole chain from `start`, behind letters that sound like `sound`.
pub fn accepts(start: Start, sound: Sound, suffixes: &str) -> bool {
    walk(STARTS[start as usize], sound, suffixes.as_bytes())
}

fn walk(state: usize, sound: Sound, rest: &[u8]) -> bool {
    let Some(state) = STATES.get(state) else { return false };
    if rest.is_empty() && state.ends {
        return true;
    }
    state.edges.iter().any(|(suffix, next)| {
        let taken = suffix.iter().try_fold((sound, rest), |(sound, rest), piece| sound.take(*piece, rest));
        taken.is_some_and(|(sound, rest)| walk(*next, sound, rest))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_suffix_leads_to_a_state_that_there_is() {
        for state in STATES.iter() {
            assert!(state.edges.iter().all(|(_, next)| *next < STATES.len()), "{}", state.name);
        }
        assert!(STARTS.iter().all(|start| *start < STATES.len()));
    }
}
