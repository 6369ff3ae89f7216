//! Dates as feeds write them: RFC 3339, RFC 5322, ISO 8601 and what people take for them, in the languages that marsad reads, and
//! seconds since 1970. Never reads a clock, never panics, and looks at no more than [`MAX_BYTES`].
//!
//! What is not said is assumed once: no zone is UTC, no time is midnight. What could be two days is none: a missing date is
//! told and delays nothing, a wrong one misleads. Dates of the Islamic calendar are none, for it is decreed month by month and
//! no arithmetic gives it exactly; where the Gregorian date stands beside one, that is read. The Iranian calendar is exact.

mod calendar;
mod clock;
mod fold;
mod names;
mod reader;
#[cfg(test)]
mod tests;
mod token;

/// 1990-01-01T00:00:00Z, before which no feed was written.
const EARLIEST_MS: i64 = 631_152_000_000;
/// How far ahead of our clock a publisher's may be, in milliseconds.
const AHEAD_MS: i64 = 48 * 3600 * 1000;
/// The longest date, in bytes: two calendars in Arabic with weekday, time and place take 150.
const MAX_BYTES: usize = 200;

/// A date held to 1990 … `now_ms` + 48 h: none if it lies before, `now_ms` if it lies after.
pub(super) fn clamp(ms: i64, now_ms: i64) -> Option<i64> {
    match ms {
        ..EARLIEST_MS => None,
        _ if ms > now_ms.saturating_add(AHEAD_MS) => Some(now_ms),
        _ => Some(ms),
    }
}

/// Unix milliseconds of a date as written; `None` where it is none, or could be two.
pub(super) fn read(text: &str) -> Option<i64> {
    let text = text.trim();
    if text.len() > MAX_BYTES || text.is_empty() {
        return None;
    }
    let foreign = text.chars().any(|c| !c.is_ascii() && c.is_alphanumeric());
    let text = fold::fold(text);
    let text = text.trim();
    epoch(text).or_else(|| {
        let (day, millis, east_s) = week(text).or_else(|| reader::read(&token::tokens(text), None, foreign))?;
        day.at(millis, east_s)
    })
}

/// Seconds, milliseconds, microseconds or nanoseconds since 1970, known by how many digits today has; `/Date(…)/` of .NET,
/// `@…` of the shell, and an offset after it, which changes nothing.
fn epoch(text: &str) -> Option<i64> {
    let text = text.strip_prefix("/date(").and_then(|text| text.strip_suffix(")/")).or(text.strip_prefix('@')).unwrap_or(text);
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.split_at_checked(digits)?;
    let offset = rest.trim_start().strip_prefix(['+', '-', '.']).unwrap_or(rest);
    if offset.bytes().any(|byte| !byte.is_ascii_digit()) || offset.len() > 9 {
        return None;
    }
    let number = number.parse::<i64>().ok()?;
    match digits {
        9 | 10 => Some(number * 1000),
        // Twelve digits are also `202605041530`, which as milliseconds would lie in the seventies.
        12 | 13 => Some(number).filter(|ms| *ms >= EARLIEST_MS),
        16 => Some(number / 1_000),
        19 => Some(number / 1_000_000),
        _ => None,
    }
}

/// `2026-W19-1T12:30Z`, `2026W191`, `2026-W19`: the day, and what the rest says of the time.
fn week(text: &str) -> Option<reader::Moment> {
    let (year, rest) = text.split_at_checked(4)?;
    let rest = rest.strip_prefix('-').unwrap_or(rest).strip_prefix('w')?;
    let (week, rest) = rest.split_at_checked(2)?;
    let day = rest.strip_prefix('-').unwrap_or(rest);
    let (weekday, rest) = match day.bytes().next() {
        Some(b'1'..=b'7') => day.split_at_checked(1)?,
        _ => ("1", rest),
    };
    let day = calendar::Day::of_week(year.parse().ok()?, week.parse().ok()?, weekday.parse().ok()?)?;
    reader::read(&token::tokens(rest), Some(day), false)
}
