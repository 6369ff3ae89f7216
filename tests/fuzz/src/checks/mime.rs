//! A letter as a mail program reads it (RFC 5322, 2045 to 2047), read anew and plainly. What a letter of ours may not have panics.

use base64::{Engine as _, engine::general_purpose::STANDARD};

/// A part: its headers in their order, and what is under them.
#[derive(Debug)]
pub struct Part {
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Part {
    /// Reads a part; its lines end with CR and LF, and none is longer than 998 bytes.
    pub fn read(bytes: &[u8]) -> Part {
        let text = std::str::from_utf8(bytes).unwrap_or_else(|error| panic!("{error}"));
        let bare = text.replace("\r\n", "");
        assert!(!bare.contains(['\r', '\n', '\0']), "a bare line end: {text:?}");
        assert!(text.split("\r\n").all(|line| line.len() <= 998), "a long line: {text:?}");
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no body: {text:?}"));
        assert!(head.is_ascii(), "a header beyond ASCII: {head:?}");
        // A line that begins with a blank goes on.
        let head = head.replace("\r\n ", " ").replace("\r\n\t", " ");
        let headers = head.split("\r\n").map(|line| {
            let (name, value) = line.split_once(':').unwrap_or_else(|| panic!("no header: {line:?}"));
            (name.to_owned(), value.trim().to_owned())
        });
        Part { headers: headers.collect(), body: body.to_owned() }
    }

    /// The value of a header that is there once.
    pub fn header(&self, name: &str) -> &str {
        let mut found = self.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        let (Some((_, value)), None) = (found.next(), found.next()) else { panic!("{name} is not there once: {:?}", self.headers) };
        value
    }

    /// The parts of a multipart.
    pub fn parts(&self) -> Vec<Part> {
        let boundary = self.header("Content-Type").split_once("boundary=\"").and_then(|(_, rest)| rest.split_once('"'));
        let (boundary, _) = boundary.unwrap_or_else(|| panic!("no boundary: {:?}", self.headers));
        let (inner, rest) = self.body.split_once(&format!("--{boundary}--")).unwrap_or_else(|| panic!("no end: {:?}", self.body));
        assert_eq!(rest.trim(), "", "something behind the last part");
        let between = format!("--{boundary}\r\n");
        let mut parts = inner.split(&between);
        assert_eq!(parts.next().map(str::trim), Some(""), "something before the first part");
        parts.map(|part| Part::read(part.as_bytes())).collect()
    }

    /// The text of a part, its line ends as ours.
    pub fn text(&self) -> String {
        let body = self.body.strip_suffix("\r\n").unwrap_or(&self.body);
        let bytes = match self.header("Content-Transfer-Encoding") {
            "base64" => STANDARD.decode(body.replace("\r\n", "")).unwrap_or_else(|error| panic!("{error}: {body:?}")),
            "quoted-printable" => unquoted(&body.replace("=\r\n", "")),
            "7bit" | "8bit" => body.as_bytes().to_vec(),
            other => panic!("the encoding {other}"),
        };
        String::from_utf8(bytes).unwrap_or_else(|error| panic!("{error}")).replace("\r\n", "\n")
    }
}

/// `=3D` and the like.
fn unquoted(text: &str) -> Vec<u8> {
    let mut pieces = text.split('=');
    let mut bytes = pieces.next().unwrap_or("").as_bytes().to_vec();
    for piece in pieces {
        let (digits, rest) = piece.split_at_checked(2).unwrap_or_else(|| panic!("half an escape: {text:?}"));
        bytes.push(u8::from_str_radix(digits, 16).unwrap_or_else(|error| panic!("{digits}: {error}")));
        bytes.extend_from_slice(rest.as_bytes());
    }
    bytes
}

/// A header's value with its encoded words read (RFC 2047).
pub fn decoded(value: &str) -> String {
    let mut out = String::new();
    let mut bytes: Vec<u8> = Vec::new();
    let mut rest = value;
    while let Some((before, word)) = rest.split_once("=?") {
        // Blanks between two encoded words are no part of the text, which may be parted within a letter.
        if bytes.is_empty() || !before.trim().is_empty() {
            out.push_str(&String::from_utf8_lossy(&std::mem::take(&mut bytes)));
            out.push_str(before);
        }
        let mut parts = word.splitn(4, '?');
        let (Some(charset), Some(encoding), Some(text), Some(after)) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
            panic!("half an encoded word: {value:?}")
        };
        assert!(charset.eq_ignore_ascii_case("utf-8") && !text.contains(' '), "{value:?}");
        match encoding {
            "b" | "B" => bytes.extend(STANDARD.decode(text).unwrap_or_else(|error| panic!("{error}: {value:?}"))),
            _ => bytes.extend(unquoted(&text.replace('_', " "))),
        }
        rest = after.strip_prefix('=').unwrap_or_else(|| panic!("an open encoded word: {value:?}"));
    }
    out.push_str(&String::from_utf8_lossy(&bytes));
    out.push_str(rest);
    out
}
