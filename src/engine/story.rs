//! Stories: which articles are copies of one text, and which tell of one event.
//!
//! ```text
//!   title, text ─► Profile ─► Sketch ─► Window: who shares its rare words and shingles? ─► a few articles
//!                     └────────────── compare, with the Profile of each of them ─► Relation
//! ```
//!
//! A [`Profile`](profile::Profile) is all that is compared; a [`Sketch`](sketch::Sketch) is the little of it that is kept to
//! find candidates by; the [`Window`](window::Window) holds the sketches of the newest articles, and from them knows which
//! words are rare. Whatever the window proposes is verified on the whole texts by [`compare`](compare::compare), so a wrong
//! proposal costs time and decides nothing. Never asks the archive, and never guesses a language.

pub mod compare;
pub mod growth;
pub mod profile;
pub mod sketch;
pub mod window;

/// How long a story takes new articles in, in milliseconds: a text that returns later is news again.
pub const STORY_WINDOW_MS: i64 = 30 * 24 * 3600 * 1000;

/// How far apart two different texts on one event may have been published, in milliseconds.
pub const EVENT_WINDOW_MS: i64 = 3 * 24 * 3600 * 1000;

/// What an article is to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Relation {
    /// Another event.
    Other,
    /// Another event in nearly the same words: a template with another town and other numbers.
    Sibling,
    /// Another text on the same event.
    Story,
    /// Nearly the same text, but less than half of all its word triples are in both: one is cut out of the other, as a rule. Told
    /// as a copy.
    Excerpt,
    /// The same text: mirrored, under another headline, or edited. At least half of all word triples are in both.
    Copy,
}
