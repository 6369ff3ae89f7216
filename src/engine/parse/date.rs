//! Dates as feeds write them: RFC 3339, RFC 2822 and what people take for them, seconds since 1970. Never reads a clock.

use chrono::{DateTime, NaiveDate};

/// 1990-01-01T00:00:00Z, before which no feed was written.
const EARLIEST_MS: i64 = 631_152_000_000;
/// How far ahead of our clock a publisher's may be, in milliseconds.
const AHEAD_MS: i64 = 48 * 3600 * 1000;

/// A date held to 1990 … `now_ms` + 48 h: none if it lies before, `now_ms` if it lies after.
pub(super) fn clamp(ms: i64, now_ms: i64) -> Option<i64> {
    match ms {
        ..EARLIEST_MS => None,
        _ if ms > now_ms.saturating_add(AHEAD_MS) => Some(now_ms),
        _ => Some(ms),
    }
}

/// Unix milliseconds of a date as written; `None` where it is none.
pub(super) fn read(text: &str) -> Option<i64> {
    let text = text.trim();
    if text.len() > 64 || text.is_empty() {
        return None;
    }
    if let Ok(date) = DateTime::parse_from_rfc3339(text) {
        return Some(date.timestamp_millis());
    }
    epoch(text).or_else(|| iso(text)).or_else(|| words(text))
}

/// Seconds or milliseconds since 1970, known by how many digits today has.
fn epoch(text: &str) -> Option<i64> {
    let number = text.parse::<i64>().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))?;
    match text.len() {
        9 | 10 => Some(number * 1000),
        12 | 13 => Some(number),
        _ => None,
    }
}

/// `2026-05-04`, `2026-05-04 12:30`, `2026-05-04T12:30:00+0300`, without zone in UTC.
fn iso(text: &str) -> Option<i64> {
    let (date, rest) = match text.find(['T', 't', ' ']) {
        Some(at) => (text.get(..at)?, text.get(at + 1..)?.trim()),
        None => (text, ""),
    };
    let mut parts = date.splitn(3, ['-', '/', '.']);
    let year = parts.next().filter(|year| year.len() == 4)?.parse().ok()?;
    let (month, day) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let zone_at = rest.find(|c: char| !(c.is_ascii_digit() || matches!(c, ':' | '.' | ','))).unwrap_or(rest.len());
    let (time, zone) = (rest.get(..zone_at)?, rest.get(zone_at..)?.trim());
    millis(year, month, day, clock(if time.is_empty() { "0:0" } else { time })?, offset(zone).unwrap_or(0))
}

/// `Mon, 4 May 2026 12:30:00 +0300` with anything missing, misspelt or in another order but the month's name, a day and a year.
fn words(text: &str) -> Option<i64> {
    let (mut day, mut month, mut year, mut time, mut zone) = (None, None, None, None, None);
    for word in text.split([' ', ',', '\t', '\n', '(', ')']).filter(|word| !word.is_empty()) {
        if word.contains(':') && time.is_none() {
            let at = word.find(['+', '-', 'Z', 'z']).unwrap_or(word.len());
            time = clock(word.get(..at)?);
            zone = zone.or_else(|| offset(word.get(at..)?));
        } else if time.is_some() && zone.is_none() && offset(word).is_some() {
            zone = offset(word);
        } else {
            for part in word.split('-').filter(|part| !part.is_empty()) {
                match part.trim_end_matches(|c: char| c.is_ascii_alphabetic()).parse::<u32>() {
                    Ok(number) if number <= 31 && day.is_none() => day = Some(number),
                    Ok(number) => year = year.or(full_year(number)),
                    Err(_) => month = month.or_else(|| month_of(part)),
                }
            }
        }
    }
    millis(year?, month?, day?, time.unwrap_or((0, 0, 0)), zone.unwrap_or(0))
}

fn full_year(number: u32) -> Option<i32> {
    let year = i32::try_from(number).ok()?;
    match year {
        0..50 => Some(2000 + year),
        50..100 => Some(1900 + year),
        1000..=99_999 => Some(year),
        _ => None,
    }
}

fn month_of(word: &str) -> Option<u32> {
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let start = word.get(..3)?.to_ascii_lowercase();
    MONTHS.iter().position(|month| *month == start).and_then(|at| u32::try_from(at + 1).ok())
}

/// Hours, minutes and seconds; a leap second is the one before it, and 24 is the day's start, as feed-rs has it.
fn clock(text: &str) -> Option<(u32, u32, u32)> {
    let mut parts = text.split([':', '.', ',']);
    let hours = parts.next()?.parse::<u32>().ok().filter(|hours| *hours <= 24)?;
    let minutes = parts.next()?.parse::<u32>().ok().filter(|minutes| *minutes < 60)?;
    let seconds = parts.next().map_or(Some(0), |seconds| seconds.parse::<u32>().ok()).filter(|seconds| *seconds <= 60)?;
    Some((hours % 24, minutes, seconds.min(59)))
}

/// Seconds east of UTC: `+0300`, `+03:00`, `+03`, `GMT`, the North American names of RFC 2822 and a few others that feeds use.
fn offset(zone: &str) -> Option<i64> {
    let named = match zone.to_ascii_uppercase().as_str() {
        "Z" | "UT" | "UTC" | "GMT" | "WET" => 0,
        "EST" | "CDT" => -5,
        "EDT" => -4,
        "CST" | "MDT" => -6,
        "MST" | "PDT" => -7,
        "PST" => -8,
        "BST" | "CET" => 1,
        "CEST" | "EET" => 2,
        "EEST" | "MSK" | "TRT" | "AST" => 3,
        other => return numeric_offset(other),
    };
    Some(named * 3600)
}

fn numeric_offset(zone: &str) -> Option<i64> {
    let (sign, digits) = match zone.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return zone.strip_prefix("GMT").or_else(|| zone.strip_prefix("UTC")).and_then(numeric_offset),
    };
    let digits: String = digits.chars().filter(|c| *c != ':').collect();
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes) = match digits.len() {
        1 | 2 => (digits.parse::<i64>().ok()?, 0),
        4 => (digits.get(..2)?.parse().ok()?, digits.get(2..)?.parse().ok()?),
        _ => return None,
    };
    (hours <= 14 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

fn millis(year: i32, month: u32, day: u32, (hours, minutes, seconds): (u32, u32, u32), offset_s: i64) -> Option<i64> {
    let local = NaiveDate::from_ymd_opt(year, month, day)?.and_hms_opt(hours, minutes, seconds)?;
    local.and_utc().timestamp_millis().checked_sub(offset_s * 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let expected = DateTime::parse_from_rfc3339(expected).unwrap().timestamp_millis();
        assert_eq!(read(text), Some(expected), "{text}");
    }

    #[test]
    fn dates_as_feeds_write_them() {
        let noon = "2026-05-04T12:30:00Z";
        for text in [
            noon,
            "2026-05-04T15:30:00+03:00",
            "2026-05-04T15:30:00+0300",
            "2026-05-04T12:30:00",
            "2026-05-04 12:30",
            "Mon, 04 May 2026 12:30:00 GMT",
            "Tue, 4 May 2026 12:30 UTC",
            "Monday, 4 May 2026 15:30:00 +0300",
            "04 May 2026 08:30:00 EDT",
            "May 4, 2026 12:30:00",
            "4-May-26 12:30:00 +00:00",
            "Mon, 04 May 2026 12:30:00 -0000",
            "1777897800",
            "1777897800000",
        ] {
            check(text, noon);
        }
        check("2026-05-04", "2026-05-04T00:00:00Z");
        check("Mon, 4 May 2026", "2026-05-04T00:00:00Z");
        check("Wed, 31 Dec 2025 23:59:60 +0000", "2025-12-31T23:59:59Z");
        check("2026-05-04T12:30:00.250Z", "2026-05-04T12:30:00.250Z");
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in ["", "yesterday", "12:30", "2026", "99 May 2026", "2026-13-01", "🎉", "-", "May", "0x10"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn dates_are_held_to_what_can_be() {
        let now = 1_777_897_800_000;
        assert_eq!(clamp(0, now), None);
        assert_eq!(clamp(now + AHEAD_MS, now), Some(now + AHEAD_MS));
        assert_eq!(clamp(now + AHEAD_MS + 1, now), Some(now));
        assert_eq!(clamp(read("9999-12-31T00:00:00Z").unwrap(), now), Some(now));
        assert_eq!(clamp(i64::MAX, i64::MAX), Some(i64::MAX));
    }
}
