//! A user's name and a password within an address. Addresses stand in listings, logs and alerts, so that one with these in it is
//! neither taken nor repeated. Looks at what is written, and never says what is wrong with it.

use url::{ParseError, Url};

/// Whether an address holds them. Of one that cannot be read nobody knows where they end, as in `https://u:pa/ss@host/`, and
/// `u:pass@host` is read as a scheme with something behind it: there any `@` is taken for their end. Only where a scheme is missing
/// altogether, as in `social.example/@desk`, there is no colon before it.
pub(super) fn is_in(address: &str) -> bool {
    holds(address, &Url::parse(address))
}

/// The same of an address that was read already.
pub(super) fn holds(address: &str, read: &Result<Url, ParseError>) -> bool {
    match read {
        Ok(url) if url.has_host() => !url.username().is_empty() || url.password().is_some(),
        Err(ParseError::RelativeUrlWithoutBase) => address.split_once('@').is_some_and(|(before, _)| before.contains(':')),
        _ => address.contains('@'),
    }
}

/// Where the first address that holds them begins in a line, whatever the line is: behind a slip of the pen it was never read.
pub(super) fn on_line(line: &str) -> Option<usize> {
    let is_of_scheme = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '+' | '-' | '.');
    let mut from = 0;
    while let Some(at) = line[from..].find("://") {
        let start = line[..from + at].trim_end_matches(is_of_scheme).len();
        let end = end_of(line, start);
        if is_in(line[start..end].trim_end()) {
            return Some(start);
        }
        from = end;
    }
    None
}

/// Where the address ends that begins at `start`: at the quote that it began with, else at a blank.
fn end_of(line: &str, start: usize) -> usize {
    let rest = &line[start..];
    let end = match line[..start].chars().next_back() {
        Some(quote @ ('"' | '\'')) => rest.match_indices(quote).map(|(at, _)| at).find(|at| !rest[..*at].ends_with('\\')),
        _ => rest.find(char::is_whitespace),
    };
    end.map_or(line.len(), |end| start + end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_with_a_password_is_known_whether_it_can_be_read_or_not() {
        for address in [
            "https://u:hunter2@h.example/",
            "https://hunter2@h.example/",
            "https://:hunter2@h.example/",
            "socks5://u:hunter2@127.0.0.1:9050",
            "https://u:hun/ter2@h.example/",
            "https://u:hun#ter2@h.example/",
            "https://u:hun?ter2@h.example/",
            "u:hunter2@h.example:3128",
            "//u:hunter2@h.example/",
        ] {
            assert!(is_in(address), "{address}");
        }
        for address in [
            "https://h.example/@desk.rss",
            "https://h.example/?mail=desk@h.example",
            "https://h.example:x/",
            "socks5h://127.0.0.1:9050",
            "h.example",
            "social.example/@desk.rss",
            "",
        ] {
            assert!(!is_in(address), "{address}");
        }
    }

    #[test]
    fn it_is_found_on_a_line_that_is_no_toml() {
        for line in [
            "url = 'https://u:hunter2@h.example/' x",
            "url = \"https://u:hun/ter2@h.example/",
            "url = \"https://u:hun'ter2@h.example/\"",
            "url = https://u:hunter2@h.example/",
            "é = ['x', '--proxy=https://u:hunter2@h.example/']",
        ] {
            assert_eq!(on_line(line), line.find("https"), "{line}");
        }
        let second = "feeds = ['https://a.example/@b', 'https://u:hunter2@h.example/']";
        assert_eq!(on_line(second), second.rfind("https"));
        for line in
            ["url = 'https://a.example' # desk@h.example", "url = 'https://a.example/@desk.rss' x", "contact = 'desk@h.example'", "://"]
        {
            assert_eq!(on_line(line), None, "{line}");
        }
    }
}
