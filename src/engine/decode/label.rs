//! What a document and its server call its encoding, in the spellings that they use. Never looks at the text itself.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, X_USER_DEFINED};

/// How far into a document a declaration is looked for, in bytes: blanks and comments may stand before it.
const DECLARATION_BYTES: usize = 1024;

/// The encoding of a label: those of the WHATWG list, and what others write for them. None for UTF-7, for `x-user-defined`, which
/// is none, and for encodings that browsers refuse; such a document is taken as one without a label.
pub(super) fn encoding(label: &str) -> Option<&'static Encoding> {
    let label = label.trim_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ';' | ','));
    let known = Encoding::for_label_no_replacement(label.as_bytes()).or_else(|| {
        let bare: String = label.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
        Encoding::for_label_no_replacement(alias(&bare)?.as_bytes())
    });
    known.filter(|encoding| *encoding != X_USER_DEFINED).map(not_utf16)
}

/// The WHATWG label of a name without its signs.
fn alias(bare: &str) -> Option<String> {
    if let Some(page) = ["windows", "win", "cp", "ansi", "ms", "xcp", "xwindows"].iter().find_map(|prefix| bare.strip_prefix(prefix)) {
        return Some(match page {
            "932" => "shift_jis".into(),
            "936" => "gbk".into(),
            "949" => "euc-kr".into(),
            "950" => "big5".into(),
            "866" => "ibm866".into(),
            "28591" => "iso-8859-1".into(),
            "65001" => "utf-8".into(),
            "arabic" => "windows-1256".into(),
            "cyrillic" => "windows-1251".into(),
            "turkish" => "windows-1254".into(),
            "hebrew" => "windows-1255".into(),
            page => format!("windows-{page}"),
        });
    }
    if let Some(part) = bare.strip_prefix("iso8859").or_else(|| bare.strip_prefix("8859")) {
        return Some(format!("iso-8859-{part}"));
    }
    let label = match bare {
        _ if bare.starts_with("utf8") => "utf-8",
        "koi8" | "koi8r" => "koi8-r",
        "koi8u" => "koi8-u",
        "gb2312" | "gb231280" | "euccn" | "hzgb" => "gbk",
        "gb18030" | "gb180302005" | "gb180302022" => "gb18030",
        "big5hkscs" | "big5eten" => "big5",
        "sjis" | "shiftjis" => "shift_jis",
        "eucjp" => "euc-jp",
        "euckr" | "ksc5601" | "uhc" => "euc-kr",
        "tis620" => "tis-620",
        "latin1" => "iso-8859-1",
        "latin5" => "iso-8859-9",
        "usascii" => "us-ascii",
        _ => return None,
    };
    Some(label.into())
}

/// A label of UTF-16 that could be read at all was not in UTF-16 (WHATWG Encoding, "prescan"): it means UTF-8.
fn not_utf16(encoding: &'static Encoding) -> &'static Encoding {
    if encoding == UTF_16LE || encoding == UTF_16BE { UTF_8 } else { encoding }
}

/// The `charset` parameter of a Content-Type (RFC 9110 section 8.3.1), quoted or not.
pub(super) fn of_type(content_type: &str) -> Option<&'static Encoding> {
    content_type.split([';', ',']).skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once(['=', ':'])?;
        name.trim().eq_ignore_ascii_case("charset").then(|| encoding(value))?
    })
}

/// The encoding that an XML declaration names, or the `meta` element of a page.
pub(super) fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = bytes.get(..DECLARATION_BYTES).unwrap_or(bytes).to_ascii_lowercase();
    let after = |from: &[u8], word: &[u8]| find(from, word).and_then(|at| from.get(at + word.len()..).map(<[u8]>::to_vec));
    let value = match after(&head, b"<?xml") {
        Some(declaration) => after(declaration.split(|byte| *byte == b'>').next()?, b"encoding")?,
        None => after(&after(&head, b"<meta")?, b"charset")?,
    };
    let value = value.trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
    let value = value.strip_prefix(b"\"").or_else(|| value.strip_prefix(b"'")).unwrap_or(value);
    let length = value.iter().position(|byte| !(byte.is_ascii_alphanumeric() || b"-_:.+()".contains(byte))).unwrap_or(value.len());
    encoding(std::str::from_utf8(value.get(..length)?).ok()?)
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}
