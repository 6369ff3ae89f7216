//! When in an article's life a rule looks at it.

use serde::Serialize;

/// What brings an article before the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Occasion {
    /// It is seen for the first time.
    New,
    /// Its title or text was changed after it was first seen.
    Edit,
}

impl Occasion {
    /// Both.
    pub const ALL: [Occasion; 2] = [Occasion::New, Occasion::Edit];

    /// Its name in the config.
    pub fn name(self) -> &'static str {
        match self {
            Occasion::New => "new",
            Occasion::Edit => "edit",
        }
    }
}
