//! Sets of letters that take one or two bytes in UTF-8, as nearly all letters of news do, and runs of them in a text.

/// Whether a letter is of the set, by its code point.
pub type Letters = [bool; 0x800];

/// How many of the first bytes of `text`, which is UTF-8, are letters of the set.
pub fn run(text: &[u8], letters: &Letters) -> usize {
    let mut at = 0;
    loop {
        let (code, width) = match text.get(at..) {
            Some([byte @ ..0x80, ..]) => (usize::from(*byte), 1),
            Some([lead @ 0xc2..=0xdf, next, ..]) => ((usize::from(*lead) & 0x1f) << 6 | usize::from(*next) & 0x3f, 2),
            _ => return at,
        };
        if !letters[code] {
            return at;
        }
        at += width;
    }
}
