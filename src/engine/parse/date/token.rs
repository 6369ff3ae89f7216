//! Folded text of a date to numbers, words and signs. Never fails: what is none of them parts its neighbours.

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// ASCII digits.
    Number,
    /// Letters.
    Word,
    /// One of `: . , / - +`.
    Sign(char),
}

/// A piece of a date.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token<'a> {
    /// What it is.
    pub kind: Kind,
    /// How it is written.
    pub text: &'a str,
    /// Whether a blank or another sign stands before it.
    pub spaced: bool,
}

impl Token<'_> {
    /// The value of a number of at most nine digits.
    pub fn number(&self) -> Option<u32> {
        (self.kind == Kind::Number && self.text.len() <= 9).then(|| self.text.parse().ok())?
    }

    /// Whether it is this sign.
    pub fn is(&self, sign: char) -> bool {
        self.kind == Kind::Sign(sign)
    }
}

/// The tokens of `text`.
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens: Vec<Token<'_>> = Vec::with_capacity(16);
    let mut spaced = false;
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let after_number = !spaced && tokens.last().is_some_and(|token| token.kind == Kind::Number);
        let (kind, length) = match first {
            '0'..='9' => (Some(Kind::Number), rest.bytes().take_while(u8::is_ascii_digit).count()),
            ':' | '.' | ',' | '/' | '-' | '+' => (Some(Kind::Sign(first)), 1),
            // 4日下午3: the sign after a number is a word of its own.
            _ if after_number && ('\u{3000}'..='\u{D7FF}').contains(&first) => (Some(Kind::Word), first.len_utf8()),
            _ if first.is_alphabetic() => (Some(Kind::Word), rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len())),
            _ => (None, first.len_utf8()),
        };
        let (text, after) = rest.split_at(length);
        tokens.extend(kind.map(|kind| Token { kind, text, spaced }));
        spaced = kind.is_none();
        rest = after;
    }
    tokens
}
