//! Times as people and scripts read them.

use jiff::{Timestamp, tz::TimeZone};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// How long ago `at_ms` is, such as `12 min ago` or `in 3 h`; from 30 days on the local date.
pub fn relative(at_ms: i64, now_ms: i64) -> String {
    let seconds = now_ms.saturating_sub(at_ms) / 1000;
    let span = match seconds.saturating_abs() {
        s if s < 2 => return "now".into(),
        s if s < MINUTE => format!("{s} s"),
        s if s < HOUR => format!("{} min", s / MINUTE),
        s if s < 2 * DAY => format!("{} h", s / HOUR),
        s if s < 30 * DAY => format!("{} d", s / DAY),
        _ => return date(at_ms),
    };
    if seconds > 0 { format!("{span} ago") } else { format!("in {span}") }
}

/// The local date.
pub fn date(at_ms: i64) -> String {
    Timestamp::from_millisecond(at_ms).map_or_else(|_| "?".into(), |at| at.to_zoned_datetime(TimeZone::system()).date().to_string())
}

/// When today began here, Unix milliseconds.
pub fn midnight_ms(now_ms: i64) -> i64 {
    let start = Timestamp::from_millisecond(now_ms).and_then(|now| now.to_zoned_datetime(TimeZone::system()).start_of_day());
    start.map_or(now_ms.saturating_sub(DAY * 1000), |start| start.timestamp().as_millisecond())
}

/// The moment that `text` means, Unix milliseconds: `7d`, `12h30m`, `2w` before now, a date (its local beginning) or an
/// RFC 3339 time.
///
/// # Errors
/// A sentence for the user when it is none of these.
pub fn since(text: &str, now_ms: i64) -> Result<i64, String> {
    let text = text.trim();
    if let Some(ms) = duration_ms(text) {
        return Ok(now_ms.saturating_sub(ms));
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at.as_millisecond());
    }
    let date = text.parse::<jiff::civil::Date>().and_then(|date| date.to_zoned_datetime(TimeZone::system()));
    date.map(|at| at.timestamp().as_millisecond()).map_err(|_| "write `7d`, `12h`, `30m`, `2w`, a date or an RFC 3339 time".into())
}

/// The moment that `text` means, Unix milliseconds: as [`since`], but `2h` is ahead.
///
/// # Errors
/// As [`since`].
pub fn until(text: &str, now_ms: i64) -> Result<i64, String> {
    match duration_ms(text.trim()) {
        Some(ms) if !text.trim().is_empty() => Ok(now_ms.saturating_add(ms)),
        _ => since(text, now_ms),
    }
}

/// Milliseconds of `1h30m` and the like.
fn duration_ms(text: &str) -> Option<i64> {
    let (mut rest, mut total) = (text, 0_i64);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: i64 = rest[..digits].parse().ok()?;
        let after = rest[digits..].find(|c: char| c.is_ascii_digit()).map_or(rest.len(), |at| digits + at);
        let unit = match rest[digits..after].trim() {
            "s" => 1,
            "m" | "min" => MINUTE,
            "h" => HOUR,
            "d" => DAY,
            "w" => 7 * DAY,
            _ => return None,
        };
        total = total.checked_add(number.checked_mul(unit * 1000)?)?;
        rest = &rest[after..];
    }
    (!text.is_empty()).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_the_unit_that_fits() {
        let ago = |s: i64| relative(1_700_000_000_000 - s * 1000, 1_700_000_000_000);
        assert_eq!([ago(0), ago(40), ago(12 * 60), ago(5 * 3600)], ["now", "40 s ago", "12 min ago", "5 h ago"]);
        assert_eq!([ago(3 * DAY), ago(-90)], ["3 d ago", "in 1 min"]);
        // Here it is the 24th or the 25th.
        assert!(ago(-40 * DAY).starts_with("2023-12-2"));
    }

    #[test]
    fn since_takes_spans_dates_and_times() {
        let now = 1_700_000_000_000;
        assert_eq!(since("7d", now), Ok(now - 7 * 86_400_000));
        assert_eq!(since("1h30m", now), Ok(now - 5_400_000));
        assert_eq!(since("2023-11-14T22:13:20Z", now), Ok(now));
        assert!(since("2023-11-14", now).is_ok_and(|at| (now - at) < 2 * 86_400_000));
        for bad in ["", "7", "d", "7x", "yesterday", "99999999999999999999d"] {
            assert!(since(bad, now).is_err(), "{bad}");
        }
    }

    #[test]
    fn absurd_times_do_not_panic() {
        for at in [i64::MIN, i64::MAX, 0] {
            relative(at, 1_700_000_000_000);
            midnight_ms(at);
        }
    }
}
