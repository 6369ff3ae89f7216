//! Bytes as a plan: numbers one by one, and texts that end at 0xFF, a byte that no text holds.

/// What is left of the bytes; past their end there are zeros and empty texts.
pub struct Plan<'a>(pub &'a [u8]);

impl<'a> Plan<'a> {
    /// The next byte.
    pub fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    /// A number below `count`, by one byte.
    pub fn below(&mut self, count: usize) -> usize {
        usize::from(self.byte()) % count
    }

    /// Everything up to the next 0xFF.
    pub fn bytes(&mut self) -> &'a [u8] {
        let end = self.0.iter().position(|byte| *byte == 0xff).unwrap_or(self.0.len());
        let bytes = &self.0[..end];
        self.0 = &self.0[(end + 1).min(self.0.len())..];
        bytes
    }

    /// The same as text.
    pub fn text(&mut self) -> String {
        String::from_utf8_lossy(self.bytes()).into_owned()
    }

    /// Whether nothing is left.
    pub fn ended(&self) -> bool {
        self.0.is_empty()
    }
}
