//! The time of a day and its offset, out of the tokens of a date. Knows nothing of days.

use super::names::{self, Name, Unit};
use super::token::{Kind, Token};

/// A time of day as written, each part in its range; hours up to 24.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Clock {
    pub hours: u32,
    pub minutes: u32,
    pub seconds: u32,
    pub millis: u32,
}

impl Clock {
    /// A leap second is the second before it.
    pub fn new(hours: u32, minutes: u32, seconds: u32) -> Option<Self> {
        (hours <= 24 && minutes < 60 && seconds <= 60).then_some(Self { hours, minutes, seconds: seconds.min(59), millis: 0 })
    }

    /// `hhmm` or `hhmmss`.
    pub fn compact(digits: &str) -> Option<Self> {
        let part = |from: usize| digits.get(from..from + 2)?.parse().ok();
        match digits.len() {
            4 => Self::new(part(0)?, part(2)?, 0),
            6 => Self::new(part(0)?, part(2)?, part(4)?),
            _ => None,
        }
    }

    /// With the half of the day that stands beside it. One that contradicts the hours says nothing.
    pub fn in_half(self, half: Option<Name>) -> Self {
        let hours = match (half, self.hours) {
            (Some(Name::Am), 12) => 0,
            (Some(Name::Pm), hours @ 0..12) => hours + 12,
            (_, hours) => hours,
        };
        Self { hours, ..self }
    }

    /// Milliseconds since the day began. 24:00 is the day's end (ISO 8601), later ones its first hour, as Java's `kk` writes them.
    pub fn millis(self) -> i64 {
        let hours = if self.hours == 24 && (self.minutes, self.seconds) != (0, 0) { 0 } else { self.hours };
        i64::from(hours * 3600 + self.minutes * 60 + self.seconds) * 1000 + i64::from(self.millis)
    }
}

/// A time at the start of `tokens`, and how many they are: `12:30`, `12:30:45.250`, `15h30`, `15時30分`, `3 pm`, `15 Uhr`.
pub(super) fn read(tokens: &[Token<'_>]) -> Option<(Clock, usize)> {
    let hours = two(tokens.first()?)?;
    if tokens.get(1)?.is(':') {
        return with_colons(hours, tokens);
    }
    let (name, words) = names::find(tokens.get(1..)?)?;
    match name {
        Name::Unit(Unit::Hour) => Some(with_units(hours, tokens, 1 + words)).filter(|(clock, _)| Clock::new(clock.hours, 0, 0).is_some()),
        // The word itself is read by the caller.
        Name::Am | Name::Pm if (1..=12).contains(&hours) => Some((Clock::new(hours, 0, 0)?, 1)),
        _ => None,
    }
}

fn with_colons(hours: u32, tokens: &[Token<'_>]) -> Option<(Clock, usize)> {
    let minutes = two(tokens.get(2)?)?;
    let seconds = tokens.get(3).filter(|sign| sign.is(':')).and(tokens.get(4)).and_then(two);
    let Some(seconds) = seconds else { return Some((Clock::new(hours, minutes, 0)?, 3)) };
    let clock = Clock::new(hours, minutes, seconds)?;
    let part = tokens.get(5).filter(|sign| sign.is('.') || sign.is(',') || sign.is(':'));
    let part = part.and(tokens.get(6)).filter(|part| part.kind == Kind::Number && !part.spaced);
    Some(match part {
        Some(part) => (Clock { millis: thousandths(part.text), ..clock }, 7),
        None => (clock, 5),
    })
}

/// Hours were read; minutes and seconds may follow, with or without their own signs.
fn with_units(hours: u32, tokens: &[Token<'_>], start: usize) -> (Clock, usize) {
    let mut at = start;
    let mut next = |unit: Unit| {
        let here = at + usize::from(tokens.get(at).is_some_and(|sign| sign.is('.') || sign.is(':')));
        let value = tokens.get(here).and_then(two).filter(|value| *value < 60)?;
        let written = tokens.get(here)?.text;
        match names::find(tokens.get(here + 1..).unwrap_or_default()) {
            Some((Name::Unit(found), words)) if found == unit => at = here + 1 + words,
            // `15 h 04 May` has no minutes; `15h04` and `15 Uhr 30` have.
            Some((Name::Unit(_) | Name::Month { .. } | Name::Solar(_), _)) => return None,
            _ if unit == Unit::Minute && written.len() == 2 => at = here + 1,
            _ => return None,
        }
        Some(value)
    };
    let minutes = next(Unit::Minute);
    let seconds = minutes.and_then(|_| next(Unit::Second));
    (Clock { hours, minutes: minutes.unwrap_or(0), seconds: seconds.unwrap_or(0), millis: 0 }, at)
}

/// Seconds east of UTC at the start of `tokens`, and how many they are: `+0300`, `+03:00`, `+3`, `GMT+3`, `EET`.
pub(super) fn zone(tokens: &[Token<'_>]) -> Option<(i32, usize)> {
    if let Some(offset) = offset(tokens) {
        return Some(offset);
    }
    let word = tokens.first().filter(|token| token.kind == Kind::Word)?;
    let Some((Name::Zone(named), words)) = names::find(tokens) else {
        // A letter of the military (RFC 5322 section 4.3: read them as UTC, since they were defined the wrong way round).
        let military =
            word.text.len() == 1 && word.text.bytes().all(|letter| letter.is_ascii_lowercase() && !matches!(letter, b'j' | b't' | b'h'));
        return military.then_some((0, 1));
    };
    let further = (named == 0).then(|| offset(tokens.get(words..)?)).flatten();
    Some(further.map_or((named, words), |(offset, count)| (offset, words + count)))
}

/// A sign and digits.
fn offset(tokens: &[Token<'_>]) -> Option<(i32, usize)> {
    let east = if tokens.first()?.is('+') { 1 } else { -1 };
    if !matches!(tokens.first()?.kind, Kind::Sign('+' | '-')) {
        return None;
    }
    let digits = tokens.get(1).filter(|token| !token.spaced && token.kind == Kind::Number)?.text;
    let (hours, minutes) = digits.split_at_checked(if digits.len() == 6 { 2 } else { digits.len().saturating_sub(2) })?;
    let (hours, minutes, count) = match digits.len() {
        1 | 2 if tokens.get(2).is_some_and(|sign| sign.is(':')) => (digits, tokens.get(3).filter(|m| two(m).is_some())?.text, 4),
        1 | 2 => (digits, "0", 2),
        3 | 4 => (hours, minutes, 2),
        6 => (hours, minutes.get(..2)?, 2),
        _ => return None,
    };
    let (hours, minutes) = (hours.parse::<i32>().ok()?, minutes.parse::<i32>().ok()?);
    let seconds = hours * 3600 + minutes * 60;
    // From Baker Island to Kiribati.
    let real = minutes < 60 && seconds <= if east > 0 { 14 } else { 12 } * 3600;
    real.then_some((east * seconds, count))
}

/// A number of one or two digits.
fn two(token: &Token<'_>) -> Option<u32> {
    token.number().filter(|_| token.text.len() <= 2)
}

fn thousandths(digits: &str) -> u32 {
    let first = digits.bytes().chain(std::iter::repeat(b'0')).take(3);
    first.fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'))
}
