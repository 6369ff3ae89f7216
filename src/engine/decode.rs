//! Bytes of a document and its Content-Type to clean UTF-8 text. Names encoding_rs and chardetng; nothing else does.
//!
//! Never fails and never guesses twice: one encoding is chosen for the whole document, and a byte that is wrong in it
//! becomes U+FFFD.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

use super::parse::Defect;

/// The longest document that is read, in bytes; the rest is cut (defect `too-long`).
pub const MAX_DOCUMENT_BYTES: usize = 10 * 1024 * 1024;

/// How far into a document an XML declaration is looked for, in bytes: blanks and comments may stand before it.
const DECLARATION_BYTES: usize = 1024;

/// Up to this many bad bytes a document that calls itself UTF-8 is believed.
const FEW_BAD: usize = 4;

/// A document as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// Valid UTF-8 without byte order mark, NUL or control characters that XML forbids; an XML declaration is dropped.
    pub text: String,
    /// The WHATWG name of the encoding that was used.
    pub encoding: &'static str,
    /// What had to be repaired.
    pub defects: Vec<Defect>,
}

/// Decodes `bytes`: a byte order mark, else the charset of `content_type`, else the XML declaration's, else a guess.
/// One bad byte becomes U+FFFD and is counted; it never changes how the rest is read.
///
/// A label is overruled in two cases only: text that is valid UTF-8 and not plain ASCII is UTF-8 whatever the label
/// (a legacy text is valid UTF-8 by chance only when it is a few letters long), and text that calls itself UTF-8 and mostly
/// is not is guessed. Both count as `wrong-charset`.
pub fn decode(bytes: &[u8], content_type: Option<&str>) -> Decoded {
    let mut defects = Vec::new();
    let bytes = if bytes.len() > MAX_DOCUMENT_BYTES {
        defects.push(Defect::new("too-long", format!("{} bytes, cut to {MAX_DOCUMENT_BYTES}", bytes.len())));
        bytes.get(..MAX_DOCUMENT_BYTES).unwrap_or(bytes)
    } else {
        bytes
    };
    let (encoding, bytes) = choose(bytes, content_type, &mut defects);
    let (text, bad) = read(bytes, encoding);
    if bad > 0 {
        defects.push(Defect::new("bad-bytes", format!("{bad} characters that are not {}", encoding.name())));
    }
    let text = clean(&text, &mut defects).unwrap_or_else(|| text.into_owned());
    Decoded { text, encoding: encoding.name(), defects }
}

/// The character of a byte in windows-1252, which numeric references of HTML from 128 to 159 mean.
pub(super) fn windows_1252(byte: u8) -> char {
    encoding_rs::WINDOWS_1252.decode_without_bom_handling(&[byte]).0.chars().next().unwrap_or('\u{FFFD}')
}

/// The encoding, and the bytes without their byte order mark.
fn choose<'a>(bytes: &'a [u8], content_type: Option<&str>, defects: &mut Vec<Defect>) -> (&'static Encoding, &'a [u8]) {
    if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        return (encoding, bytes.get(length..).unwrap_or_default());
    }
    if let Some(encoding) = utf16_without_mark(bytes) {
        return (encoding, bytes);
    }
    let label = content_type.and_then(charset).or_else(|| declared(bytes)).map(not_utf16);
    let survey = survey(bytes);
    let valid = survey.bad == 0;
    let encoding = match label {
        Some(label) if label == UTF_8 => {
            if survey.bad <= FEW_BAD || survey.bad <= survey.good {
                return (UTF_8, bytes);
            }
            let declared = declared(bytes).filter(|e| *e != UTF_8).map(not_utf16);
            declared.filter(|e| *e != UTF_8).unwrap_or_else(|| guess(bytes))
        }
        Some(_) if valid && survey.good > 0 => UTF_8,
        Some(label) => return (label, bytes),
        None if valid || survey.bad * 8 <= survey.good => return (UTF_8, bytes),
        None => return (guess(bytes), bytes),
    };
    let label = label.map_or("", Encoding::name);
    defects.push(Defect::new("wrong-charset", format!("declared {label}, read as {}", encoding.name())));
    (encoding, bytes)
}

/// UTF-16 is known by the NUL beside the first character, which is ASCII in every feed.
fn utf16_without_mark(bytes: &[u8]) -> Option<&'static Encoding> {
    match bytes {
        [0, first, 0, _, ..] if first.is_ascii() && *first != 0 => Some(UTF_16BE),
        [first, 0, _, 0, ..] if first.is_ascii() && *first != 0 => Some(UTF_16LE),
        _ => None,
    }
}

/// A label of UTF-16 that could be read at all was not in UTF-16 (WHATWG Encoding, "prescan"): it means UTF-8.
fn not_utf16(encoding: &'static Encoding) -> &'static Encoding {
    if encoding == UTF_16LE || encoding == UTF_16BE { UTF_8 } else { encoding }
}

/// The `charset` parameter of a Content-Type (RFC 9110 section 8.3.1), quoted or not.
fn charset(content_type: &str) -> Option<&'static Encoding> {
    content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let value = value.trim().trim_matches(['"', '\'']);
        name.trim().eq_ignore_ascii_case("charset").then(|| Encoding::for_label(value.as_bytes()))?
    })
}

/// The encoding that an XML declaration names.
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = bytes.get(..DECLARATION_BYTES).unwrap_or(bytes);
    let start = find(head, b"<?xml")?;
    let head = head.get(start..)?;
    let head = head.get(..find(head, b"?>").unwrap_or(head.len()))?;
    let rest = head.get(find(head, b"encoding")? + b"encoding".len()..)?.trim_ascii_start();
    let rest = rest.strip_prefix(b"=")?.trim_ascii_start();
    let (quote, rest) = rest.split_first().filter(|(quote, _)| matches!(quote, b'"' | b'\''))?;
    Encoding::for_label(rest.split(|byte| byte == quote).next()?)
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

/// How bytes look as UTF-8.
struct Survey {
    /// Pieces that are not UTF-8.
    bad: usize,
    /// Characters outside ASCII that are.
    good: usize,
}

fn survey(bytes: &[u8]) -> Survey {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Survey { bad: 0, good: usize::from(!text.is_ascii()) };
    }
    let mut survey = Survey { bad: 0, good: 0 };
    for chunk in bytes.utf8_chunks() {
        survey.bad += usize::from(!chunk.invalid().is_empty());
        survey.good += chunk.valid().bytes().filter(|byte| *byte >= 0xC0).count();
    }
    survey
}

fn guess(bytes: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(bytes, true);
    detector.guess(None, Utf8Detection::Deny)
}

/// The text, and how many characters could not be read.
fn read<'a>(bytes: &'a [u8], encoding: &'static Encoding) -> (std::borrow::Cow<'a, str>, usize) {
    let (text, failed) = encoding.decode_without_bom_handling(bytes);
    if !failed {
        return (text, 0);
    }
    let written = if encoding == UTF_8 { bytes.windows(3).filter(|window| *window == "\u{FFFD}".as_bytes()).count() } else { 0 };
    let bad = text.matches('\u{FFFD}').count().saturating_sub(written);
    (text, bad)
}

/// Without leading blanks, XML declarations and characters that XML forbids; `None` where the text is clean as it is.
fn clean(text: &str, defects: &mut Vec<Defect>) -> Option<String> {
    let trimmed = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}' || c == '\u{200B}' || c == '\0');
    let forbidden = has_forbidden(trimmed);
    let declaration = trimmed.contains("<?xml");
    if !forbidden && !declaration {
        return (trimmed.len() < text.len()).then(|| trimmed.to_owned());
    }
    let mut out = without_declarations(trimmed);
    if forbidden {
        let before = out.chars().count();
        out.retain(|c| !is_forbidden(c));
        let dropped = before - out.chars().count();
        defects.push(Defect::new("control-characters", format!("{dropped} characters that XML forbids")));
    }
    let start = out.len() - out.trim_start().len();
    out.drain(..start);
    Some(out)
}

/// Whether some character is none of XML's (XML 1.0 section 2.2). Bytes are enough to tell.
fn has_forbidden(text: &str) -> bool {
    let control = |byte: &u8| *byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r');
    // Blocks without a branch inside, so that the common case runs at the speed of memory.
    text.as_bytes().chunks(256).any(|block| block.iter().fold(false, |found, byte| found | control(byte)))
        || text.contains('\u{FFFE}')
        || text.contains('\u{FFFF}')
}

fn is_forbidden(c: char) -> bool {
    (c < ' ' && !matches!(c, '\t' | '\n' | '\r')) || matches!(c, '\u{FFFE}' | '\u{FFFF}')
}

/// A declaration has done its work, and a second one is a panic in feed-rs; a style sheet's instruction stays.
fn without_declarations(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut pieces = text.split("<?xml");
    out.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let after = piece.as_bytes().first();
        if !after.is_none_or(|byte| byte.is_ascii_whitespace() || *byte == b'?') {
            out.push_str("<?xml");
            out.push_str(piece);
            continue;
        }
        let end = piece.find("?>").map(|at| at + 2).or_else(|| piece.find('>').map(|at| at + 1));
        out.push_str(end.and_then(|end| piece.get(end..)).unwrap_or_default());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(decoded: &Decoded) -> Vec<&'static str> {
        decoded.defects.iter().map(|defect| defect.kind).collect()
    }

    const ARABIC: &str = "<rss><title>الأخبار من إدلب وريفها اليوم</title></rss>";

    #[test]
    fn header_wins_over_declaration() {
        let (bytes, _, _) = encoding_rs::WINDOWS_1256.encode(ARABIC);
        let decoded = decode(&bytes, Some("text/xml; charset=\"windows-1256\""));
        assert_eq!((decoded.text.as_str(), decoded.encoding), (ARABIC, "windows-1256"));
    }

    #[test]
    fn declaration_speaks_where_the_header_is_silent() {
        let text = format!("<?xml version='1.0' encoding = 'windows-1256' ?>\n{ARABIC}");
        let (bytes, _, _) = encoding_rs::WINDOWS_1256.encode(&text);
        let decoded = decode(&bytes, Some("text/xml"));
        assert_eq!((decoded.text.as_str(), decoded.encoding), (ARABIC, "windows-1256"));
        assert!(decoded.defects.is_empty());
    }

    #[test]
    fn unlabelled_arabic_is_guessed() {
        let (bytes, _, _) = encoding_rs::WINDOWS_1256.encode(ARABIC);
        assert_eq!(decode(&bytes, None).text, ARABIC);
    }

    #[test]
    fn one_bad_byte_leaves_the_rest_alone() {
        let mut bytes = ARABIC.as_bytes().to_vec();
        bytes.insert(5, 0xFF);
        for content_type in [None, Some("text/xml; charset=utf-8")] {
            let decoded = decode(&bytes, content_type);
            assert_eq!(decoded.text, ARABIC.replacen("<rss>", "<rss>\u{FFFD}", 1));
            assert_eq!(kinds(&decoded), ["bad-bytes"]);
        }
    }

    #[test]
    fn utf_8_label_on_a_legacy_text_is_overruled() {
        let (bytes, _, _) = encoding_rs::WINDOWS_1256.encode(ARABIC);
        let decoded = decode(&bytes, Some("text/xml; charset=utf-8"));
        assert_eq!(decoded.text, ARABIC);
        assert_eq!(kinds(&decoded), ["wrong-charset"]);
    }

    #[test]
    fn legacy_label_on_utf_8_is_overruled() {
        let decoded = decode(ARABIC.as_bytes(), Some("text/xml; charset=iso-8859-1"));
        assert_eq!(decoded.text, ARABIC);
        assert_eq!(kinds(&decoded), ["wrong-charset"]);
    }

    #[test]
    fn utf_16_with_and_without_mark() {
        for mark in ["", "\u{FEFF}"] {
            let text = format!("{mark}<?xml version=\"1.0\" encoding=\"utf-16\"?>{ARABIC}");
            let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
            for bytes in [little, big] {
                assert_eq!(decode(&bytes, Some("text/xml")).text, ARABIC);
            }
        }
    }

    #[test]
    fn utf_16_label_on_bytes_means_utf_8() {
        let text = format!("<?xml version=\"1.0\" encoding=\"utf-16\"?>{ARABIC}");
        assert_eq!(decode(text.as_bytes(), None).text, ARABIC);
    }

    #[test]
    fn blanks_controls_and_every_declaration_go() {
        let decoded = decode(b"\xEF\xBB\xBF \n<?xml version='1.0'?>\n<a>\0b\x1b</a><?xml version='1.0'?><?xml-stylesheet x?>", None);
        assert_eq!(decoded.text, "<a>b</a><?xml-stylesheet x?>");
        assert_eq!(kinds(&decoded), ["control-characters"]);
    }

    #[test]
    fn blanks_before_a_windows_1252_declaration() {
        let decoded = decode(b"\n\n  <?xml version='1.0' encoding='windows-1252'?><a>\x93caf\xe9\x94</a>", None);
        assert_eq!(decoded.text, "<a>\u{201c}caf\u{e9}\u{201d}</a>");
    }

    #[test]
    fn long_documents_are_cut() {
        let decoded = decode(&vec![b'a'; MAX_DOCUMENT_BYTES + 1], None);
        assert_eq!((decoded.text.len(), kinds(&decoded)), (MAX_DOCUMENT_BYTES, vec!["too-long"]));
    }
}
