//! What a server says besides the body: validators, freshness, when to come back, how the body is packed.
//!
//! Values are a stranger's: anything that does not read well counts as not said. `now` is an argument.

use super::Hints;
use crate::engine::feed::Validators;
use jiff::{civil::DateTime, fmt::rfc2822::DateTimeParser, tz::TimeZone};
use reqwest::header::{self, HeaderMap, HeaderName};

/// No server is obeyed for longer than a day.
const MOST_S: u64 = 86_400;
/// A longer validator is not worth keeping: it is sent back at each poll.
const MOST_VALIDATOR_BYTES: usize = 4096;

/// `Link` headers that are kept of one answer, and the longest of them.
const MOST_LINKS: usize = 8;
const MOST_LINK_BYTES: usize = 8192;

/// The validators of an answer, byte for byte.
#[must_use]
pub fn validators(headers: &HeaderMap) -> Validators {
    let bytes = |name: HeaderName| {
        let value = headers.get(name)?.as_bytes();
        (!value.is_empty() && value.len() <= MOST_VALIDATOR_BYTES).then(|| value.to_vec())
    };
    Validators { etag: bytes(header::ETAG), last_modified: bytes(header::LAST_MODIFIED) }
}

/// Validators after a 304: those it names replace the stored ones (RFC 9111 section 3.2), the others stay.
#[must_use]
pub fn merged(stored: &Validators, named: Validators) -> Validators {
    Validators {
        etag: named.etag.or_else(|| stored.etag.clone()),
        last_modified: named.last_modified.or_else(|| stored.last_modified.clone()),
    }
}

/// How long the answer stays fresh by its own word (RFC 9111 section 4.2.1, for a private cache).
#[must_use]
pub fn hints(headers: &HeaderMap, now_ms: i64) -> Hints {
    let directives = joined(headers, header::CACHE_CONTROL).unwrap_or_default().to_ascii_lowercase();
    let mut max_age = None;
    for directive in directives.split(',').map(str::trim) {
        match directive.split_once('=') {
            None if matches!(directive, "no-cache" | "no-store") => return Hints::default(),
            Some(("max-age", value)) if max_age.is_none() => max_age = seconds(value.trim_matches('"')),
            _ => {}
        }
    }
    let left = match max_age {
        Some(max_age) => Some(max_age.saturating_sub(text(headers, header::AGE).and_then(seconds).unwrap_or(0))),
        None => expires_in(headers, now_ms),
    };
    Hints { fresh_s: left.map(|s| s.min(MOST_S)) }
}

/// `Expires` − `Date`; a value that is no date has expired already (RFC 9111 section 5.3).
fn expires_in(headers: &HeaderMap, now_ms: i64) -> Option<u64> {
    let expires = text(headers, header::EXPIRES)?;
    let date = text(headers, header::DATE).and_then(http_date_ms).unwrap_or(now_ms);
    Some(http_date_ms(expires).map_or(0, |ms| seconds_between(date, ms)))
}

/// `Retry-After` in seconds, in both forms (RFC 9110 section 10.2.3): a past date is 0, nothing is over a day.
#[must_use]
pub fn retry_after_s(headers: &HeaderMap, now_ms: i64) -> Option<u64> {
    let value = text(headers, header::RETRY_AFTER)?;
    let wait = seconds(value).or_else(|| http_date_ms(value).map(|ms| seconds_between(now_ms, ms)))?;
    Some(wait.min(MOST_S))
}

/// All fields of `Content-Encoding` in one list.
#[must_use]
pub fn content_encoding(headers: &HeaderMap) -> Option<String> {
    joined(headers, header::CONTENT_ENCODING)
}

/// The `Content-Type` header; what is not ASCII in it comes as U+FFFD.
#[must_use]
pub fn content_type(headers: &HeaderMap) -> Option<String> {
    headers.get(header::CONTENT_TYPE).map(|v| String::from_utf8_lossy(v.as_bytes()).into_owned())
}

/// The values of the first few `Link` headers (RFC 8288); what is not UTF-8 in them comes as U+FFFD.
#[must_use]
pub fn links(headers: &HeaderMap) -> Vec<String> {
    let values = headers.get_all(header::LINK).iter().map(|value| value.as_bytes()).filter(|value| value.len() <= MOST_LINK_BYTES);
    values.take(MOST_LINKS).map(|value| String::from_utf8_lossy(value).into_owned()).collect()
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

fn joined(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    let all: Vec<&str> = headers.get_all(name).iter().filter_map(|v| v.to_str().ok()).collect();
    (!all.is_empty()).then(|| all.join(","))
}

/// Digits alone; more of them than fit are the most there is (RFC 9111 section 1.2.2).
fn seconds(value: &str) -> Option<u64> {
    let digits = !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| value.parse().unwrap_or(u64::MAX))
}

fn seconds_between(from_ms: i64, to_ms: i64) -> u64 {
    u64::try_from(to_ms.saturating_sub(from_ms) / 1000).unwrap_or(0)
}

/// A date in one of the three forms that HTTP has known (RFC 9110 section 5.6.7), as Unix milliseconds.
#[must_use]
pub fn http_date_ms(value: &str) -> Option<i64> {
    static PARSER: DateTimeParser = DateTimeParser::new().relaxed_weekday(true);
    if let Ok(at) = PARSER.parse_timestamp(value) {
        return Some(at.as_millisecond());
    }
    let civil =
        DateTime::strptime("%A, %d-%b-%y %H:%M:%S GMT", value).or_else(|_| DateTime::strptime("%a %b %e %H:%M:%S %Y", value)).ok()?;
    Some(TimeZone::UTC.to_timestamp(civil).ok()?.as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_MS: i64 = 784_111_777_000; // Sun, 06 Nov 1994 08:49:37 GMT

    fn of(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in pairs {
            map.append(*name, value.parse().unwrap());
        }
        map
    }

    #[test]
    fn all_three_date_forms_are_read() {
        for form in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Mon, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            "Sun, 06 Nov 1994 10:49:37 +0200",
        ] {
            assert_eq!(http_date_ms(form), Some(NOW_MS), "{form}");
        }
        for form in ["", "0", "soon", "Sun, 99 Nov 1994 08:49:37 GMT"] {
            assert_eq!(http_date_ms(form), None, "{form}");
        }
    }

    #[test]
    fn retry_after_is_read_in_every_form_and_clamped() {
        let check = |value: &'static str, want: Option<u64>| {
            assert_eq!(retry_after_s(&of(&[("retry-after", value)]), NOW_MS), want, "{value}");
        };
        check("120", Some(120));
        check(" 7 ", Some(7));
        check("0", Some(0));
        check("1000000000000", Some(86_400));
        check("99999999999999999999999999", Some(86_400));
        check("-5", None);
        check("1e12", None);
        check("later", None);
        check("Sun, 06 Nov 1994 08:59:37 GMT", Some(600));
        check("Sun, 06 Nov 1994 08:39:37 GMT", Some(0));
        check("Sun, 06 Nov 2194 08:39:37 GMT", Some(86_400));
    }

    #[test]
    fn freshness_is_what_is_left_of_it() {
        let check = |pairs: &[(&'static str, &'static str)], want: Option<u64>| {
            assert_eq!(hints(&of(pairs), NOW_MS).fresh_s, want, "{pairs:?}");
        };
        check(&[], None);
        check(&[("cache-control", "public, max-age=600")], Some(600));
        check(&[("cache-control", "Max-Age=\"600\", s-maxage=5"), ("age", "100")], Some(500));
        check(&[("cache-control", "max-age=60"), ("age", "100")], Some(0));
        check(&[("cache-control", "max-age=99999999999999999999")], Some(86_400));
        check(&[("cache-control", "max-age=60"), ("cache-control", "no-cache")], None);
        check(&[("cache-control", "no-store, max-age=60")], None);
        check(&[("cache-control", "max-age=-1")], None);
        let date = ("date", "Sun, 06 Nov 1994 08:00:00 GMT");
        check(&[("expires", "Sun, 06 Nov 1994 08:10:00 GMT"), date], Some(600));
        check(&[("expires", "Sun, 06 Nov 1994 08:49:47 GMT")], Some(10));
        check(&[("expires", "0"), date], Some(0));
        check(&[("expires", "Sun, 06 Nov 1994 08:10:00 GMT"), date, ("cache-control", "max-age=5")], Some(5));
    }

    #[test]
    fn oversized_validator_is_not_kept() {
        let mut map = HeaderMap::new();
        map.insert("etag", "e".repeat(5000).parse().unwrap());
        map.insert("last-modified", "never".parse().unwrap());
        let got = validators(&map);
        assert_eq!((got.etag, got.last_modified), (None, Some(b"never".to_vec())));
    }
}
