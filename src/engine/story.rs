//! Stories: articles of any feed that tell the same thing.

/// How long a fingerprint speaks for its story, in milliseconds: a text that returns later is news again.
pub const STORY_WINDOW_MS: i64 = 30 * 24 * 3600 * 1000;
