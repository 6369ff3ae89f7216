//! Bytes of a document and its Content-Type to clean UTF-8 text. Names encoding_rs and chardetng; nothing else does.
//!
//! Never fails and never guesses twice: one encoding is chosen for the whole document, and a byte that is wrong in it
//! becomes U+FFFD.

mod choice;
mod form;
mod label;
mod looks;
mod mojibake;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use memchr::{memchr_iter, memmem};

use super::parse::Defect;
use choice::choose;

/// The longest document that is read, in bytes; the rest is cut (defect `too-long`).
pub const MAX_DOCUMENT_BYTES: usize = 10 * 1024 * 1024;

/// How an XML declaration begins.
const DECLARATION: &str = "<?xml";

/// A document as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded<'a> {
    /// Valid UTF-8 without byte order mark, NUL or control characters that XML forbids; an XML declaration is dropped. Not copied
    /// where it stands so in the document.
    pub text: Cow<'a, str>,
    /// The WHATWG name of the encoding that was used.
    pub encoding: &'static str,
    /// What had to be repaired.
    pub defects: Vec<Defect>,
}

/// Decodes `bytes`: a byte order mark, else the charset of `content_type`, else the XML declaration's or a page's, else a guess.
/// One bad byte becomes U+FFFD and is counted; it never changes how the rest is read.
///
/// A label is overruled on strong evidence only, as `choose` has it, and that counts as `wrong-charset`. Text that was UTF-8,
/// was taken for a legacy encoding by its publisher and written as UTF-8 again is mended where nothing in it speaks against
/// that (`mojibake`). UTF-7 is never decoded: it hides markup in what looks like plain text.
pub fn decode<'a>(bytes: &'a [u8], content_type: Option<&str>) -> Decoded<'a> {
    let mut defects = Vec::new();
    let bytes = if bytes.len() > MAX_DOCUMENT_BYTES {
        defects.push(Defect::new("too-long", format!("{} bytes, cut to {MAX_DOCUMENT_BYTES}", bytes.len())));
        bytes.get(..MAX_DOCUMENT_BYTES).unwrap_or(bytes)
    } else {
        bytes
    };
    let choice = choose(bytes, content_type);
    if let Some(label) = choice.overruled {
        defects.push(Defect::new("wrong-charset", format!("declared {label}, read as {}", choice.form.name())));
    }
    let (text, bad) = choice.text.map_or_else(|| choice.form.read(choice.bytes), |text| (Cow::Borrowed(text), 0));
    if bad > 0 {
        defects.push(Defect::new("bad-bytes", format!("{bad} characters that are not {}", choice.form.name())));
    }
    let text = mend(text, &mut defects);
    let text = clean(text, &mut defects);
    Decoded { text, encoding: choice.form.name(), defects }
}

/// The character of a byte in windows-1252, which numeric references of HTML from 128 to 159 mean.
pub(super) fn windows_1252(byte: u8) -> char {
    encoding_rs::WINDOWS_1252.decode_without_bom_handling(&[byte]).0.chars().next().unwrap_or('\u{FFFD}')
}

fn mend<'a>(text: Cow<'a, str>, defects: &mut Vec<Defect>) -> Cow<'a, str> {
    let Some((mended, count, encoding)) = mojibake::mend(&text) else { return text };
    defects.push(Defect::new("mojibake", format!("{count} characters of UTF-8 that were taken for {encoding}")));
    Cow::Owned(mended)
}

/// Without leading blanks, XML declarations and characters that XML forbids.
fn clean<'a>(text: Cow<'a, str>, defects: &mut Vec<Defect>) -> Cow<'a, str> {
    let trimmed = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}' || c == '\u{200B}' || c == '\0');
    let forbidden = has_forbidden(trimmed);
    // In JSON it is part of some article's text.
    let json = trimmed.trim_start_matches(is_forbidden).starts_with(['{', '[']);
    let declared = if json { None } else { memmem::find(trimmed.as_bytes(), DECLARATION.as_bytes()) };
    if !forbidden && let Some(rest) = without_start(trimmed, declared) {
        let start = text.len() - rest.len();
        return match text {
            Cow::Borrowed(text) => Cow::Borrowed(text.get(start..).unwrap_or_default()),
            Cow::Owned(mut text) => {
                text.drain(..start);
                Cow::Owned(text)
            }
        };
    }
    let mut out = if declared.is_some() { without_declarations(trimmed) } else { trimmed.to_owned() };
    if forbidden {
        let before = out.chars().count();
        out.retain(|c| !is_forbidden(c));
        let dropped = before - out.chars().count();
        defects.push(Defect::new("control-characters", format!("{dropped} characters that XML forbids")));
    }
    let start = out.len() - out.trim_start().len();
    out.drain(..start);
    Cow::Owned(out)
}

/// What follows a declaration at the very start, or all of a text that has none; `None` where one stands further on.
fn without_start(text: &str, declared: Option<usize>) -> Option<&str> {
    if declared.is_none() {
        return Some(text);
    }
    let rest = text.strip_prefix(DECLARATION).filter(|rest| rest.starts_with(|c: char| c.is_ascii_whitespace() || c == '?'))?;
    if memmem::find(rest.as_bytes(), DECLARATION.as_bytes()).is_some() {
        return None;
    }
    let end = rest.find("?>").map(|at| at + 2).or_else(|| rest.find('>').map(|at| at + 1))?;
    rest.get(end..).map(str::trim_start)
}

/// Whether some character is none of XML's (XML 1.0 section 2.2). Bytes are enough to tell.
fn has_forbidden(text: &str) -> bool {
    let control = |byte: &u8| *byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r');
    let bytes = text.as_bytes();
    // Blocks without a branch inside, so that the common case runs at the speed of memory.
    bytes.chunks(256).any(|block| block.iter().fold(false, |found, byte| found | control(byte)))
        // U+FFFE and U+FFFF.
        || memchr_iter(0xEF, bytes).any(|at| matches!(bytes.get(at + 1..at + 3), Some([0xBF, 0xBE | 0xBF])))
}

fn is_forbidden(c: char) -> bool {
    (c < ' ' && !matches!(c, '\t' | '\n' | '\r')) || matches!(c, '\u{FFFE}' | '\u{FFFF}')
}

/// A declaration has done its work, and a second one is a panic in feed-rs; a style sheet's instruction stays.
fn without_declarations(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut pieces = text.split(DECLARATION);
    out.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let after = piece.as_bytes().first();
        if !after.is_none_or(|byte| byte.is_ascii_whitespace() || *byte == b'?') {
            out.push_str(DECLARATION);
            out.push_str(piece);
            continue;
        }
        let end = piece.find("?>").map(|at| at + 2).or_else(|| piece.find('>').map(|at| at + 1));
        out.push_str(end.and_then(|end| piece.get(end..)).unwrap_or_default());
    }
    out
}
