//! Text made safe for storage and display. Never changes a letter, a sign or a joiner.

use std::borrow::Cow;

/// Text that may be stored and shown: no C0 or C1 controls but line ends and tabs, no bidi overrides or embeddings
/// (U+202A–202E), white space folded; ZWNJ, ZWJ, LRM and RLM are kept, since Persian, Arabic and Indic text needs them.
///
/// Blanks of any kind in a row become one space, line ends in a row at most two, and none stand at the ends.
pub fn clean(text: &str) -> String {
    settle(Cow::Borrowed(text))
}

/// [`clean`] of a text that may be owned: most are clean as they are.
pub(super) fn settle(text: Cow<'_, str>) -> String {
    let settled = settled(&text);
    if settled == text.len() {
        return text.into_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut gap = Gap::default();
    let (done, mut rest) = text.split_at(settled);
    out.push_str(done);
    // What stops a run is a blank out of place, or dropped.
    while let Some(c) = rest.chars().next() {
        gap.meet(c);
        let from = rest.get(c.len_utf8()..).unwrap_or_default();
        let (run, after) = from.split_at(self::settled(from));
        gap.push(run, &mut out);
        rest = after;
    }
    out
}

/// Bytes of characters that [`clean`] copies as they are, whatever stands round them.
const PLAIN: [bool; 256] = {
    let (mut plain, mut byte) = ([false; 256], 0);
    while byte < 256 {
        plain[byte] = matches!(byte, 0x21..=0x7E | 0x80..=0xC1 | 0xC3..=0xE0 | 0xE4..=0xEE | 0xF0..);
        byte += 1;
    }
    plain
};

/// Bytes that are judged together: no branch within, so that they are at the speed of memory.
const BLOCK: usize = 32;

/// How many bytes from the start are ordinary characters with single blanks between them, in whole blocks; the last is no blank.
fn flowing(bytes: &[u8]) -> usize {
    let (blocks, _) = bytes.as_chunks::<BLOCK>();
    let mut length = 0;
    // The first byte follows a character; a blank at the end of a block is one before the next.
    let mut blank_before = false;
    for block in blocks {
        let mut odd = u8::from(blank_before && block[0] == b' ');
        let mut before = 0;
        for byte in block {
            let byte = *byte;
            odd |= u8::from(byte < b' ') | u8::from(byte == 0x7F) | u8::from(byte == 0xC2) | u8::from(byte == 0xEF);
            odd |= u8::from(byte.wrapping_sub(0xE1) <= 2);
            odd |= u8::from(byte == b' ') & u8::from(before == b' ');
            before = byte;
        }
        if odd != 0 {
            break;
        }
        blank_before = before == b' ';
        length += BLOCK;
    }
    length - usize::from(blank_before && length > 0)
}

/// How much of a text is clean already, up to the end of a word; by bytes, at the speed of memory. A blank alone between two
/// words is, and so are one or two line ends.
fn settled(text: &str) -> usize {
    let bytes = text.as_bytes();
    // The end of the last ordinary character, and what stands after it: nothing, a blank, one or two line ends.
    let (mut end, mut gap, mut at) = (0, 0_u8, 0);
    while let Some(byte) = bytes.get(at) {
        match byte {
            byte if PLAIN[usize::from(*byte)] => {
                at += flowing(bytes.get(at..).unwrap_or_default());
                let rest = bytes.get(at..).unwrap_or_default();
                at += rest.iter().position(|byte| !PLAIN[usize::from(*byte)]).unwrap_or(rest.len());
            }
            b' ' if gap == 0 && end > 0 => gap = 1,
            b'\n' if matches!(gap, 0 | 2) && end > 0 => gap += if gap == 0 { 2 } else { 1 },
            // Where the blanks and marks outside ASCII begin.
            0xC2 | 0xE1..=0xE3 | 0xEF => match text.get(at..).and_then(|rest| rest.chars().next()).filter(|c| is_ordinary(*c)) {
                Some(c) => at += c.len_utf8(),
                None => return end,
            },
            _ => return end,
        }
        match byte {
            b' ' | b'\n' => at += 1,
            _ => (end, gap) = (at, 0),
        }
    }
    end
}

/// [`clean`] text on one line.
pub fn clean_line(text: &str) -> String {
    let text = clean(text);
    if !text.contains('\n') {
        return text;
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A character that [`clean`] copies as it is. Nearly all are, so this decides first.
fn is_ordinary(c: char) -> bool {
    match c {
        '!'..='~' => true,
        '\0'..='\u{A0}' => false,
        '\u{A1}'..='\u{167F}' => true,
        _ => !is_dropped(c) && !c.is_whitespace(),
    }
}

/// Characters that hide or reorder what stands beside them, and never belong to a word.
fn is_dropped(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{FFFE}' | '\u{FFFF}')
}

/// White space that was met and not yet written.
#[derive(Default)]
struct Gap {
    lines: u8,
    blank: bool,
    return_before: bool,
}

impl Gap {
    fn meet(&mut self, c: char) {
        let line_end = matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}');
        if line_end && !(c == '\n' && self.return_before) {
            self.lines = self.lines.saturating_add(if c == '\u{2029}' { 2 } else { 1 });
        }
        self.return_before = c == '\r';
        self.blank |= line_end || c.is_whitespace();
    }

    fn push(&mut self, run: &str, out: &mut String) {
        if run.is_empty() {
            return;
        }
        if !out.is_empty() {
            out.push_str(match (self.lines, self.blank) {
                (0, false) => "",
                (0, true) => " ",
                (1, _) => "\n",
                _ => "\n\n",
            });
        }
        *self = Self::default();
        out.push_str(run);
    }
}
