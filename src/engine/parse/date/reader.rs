//! One walk over the tokens of a date, whatever order its parts are in. Never looks at a token twice but to know its neighbours.

use super::calendar::{Day, Hint, order};
use super::clock::{self, Clock};
use super::names::{self, Name, Unit};
use super::token::{Kind, Token};

/// What the words of a date say, as far as it was read.
#[derive(Debug, Default)]
pub(super) struct Reader {
    day: Option<Day>,
    year: Option<i32>,
    month: Option<Month>,
    /// Numbers of one or two digits that no sign and no word explains.
    loose: Vec<u32>,
    /// Three small numbers parted by one sign: which is which, the rest of the text may tell.
    open: Option<([Written; 3], char)>,
    weekday: Option<i8>,
    foreign: bool,
    clock: Option<Clock>,
    half: Option<Name>,
    zone: Option<i32>,
    /// `15.30`, a time where there is no better one.
    dotted: Option<Clock>,
}

#[derive(Debug, Clone, Copy)]
struct Month {
    number: u32,
    solar: bool,
    sure: bool,
}

/// A number with how many digits it was written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Written {
    pub value: u32,
    pub digits: usize,
}

/// Day, milliseconds of the day and seconds east of UTC.
pub(super) type Moment = (Day, i64, i32);

/// What `tokens` say, of the time only where the `day` is known; `foreign` as in [`Hint`].
pub(super) fn read(tokens: &[Token<'_>], day: Option<Day>, foreign: bool) -> Option<Moment> {
    let mut reader = Reader { day, foreign, ..Reader::default() };
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let rest = tokens.get(at..).unwrap_or_default();
        let before = at.checked_sub(1).and_then(|before| tokens.get(before));
        at += match token.kind {
            Kind::Number => reader.number(rest, before),
            Kind::Word => reader.word(rest, before),
            Kind::Sign(_) => reader.sign(rest),
        };
    }
    reader.finish()
}

impl Reader {
    fn number(&mut self, rest: &[Token<'_>], before: Option<&Token<'_>>) -> usize {
        if self.clock.is_none()
            && let Some(count) = self.time(rest)
        {
            return count;
        }
        if let Some((three, sign, count)) = triple(rest) {
            self.triple(three, sign);
            return count;
        }
        let Some(written) = rest.first().and_then(written) else { return self.long(rest.first()) };
        if let Some(count) = pair(rest).and_then(|(second, sign)| self.pair(written, second, sign, rest)) {
            return count;
        }
        match names::find(rest.get(1..).unwrap_or_default()) {
            Some((Name::Unit(Unit::Year), words)) => self.set_year(written, 1 + words),
            Some((Name::Unit(Unit::Month), words)) if self.month.is_none() => {
                self.month = Some(Month { number: written.value, solar: false, sure: true });
                1 + words
            }
            Some((Name::Unit(Unit::Day), words)) => {
                self.loose.insert(0, written.value);
                1 + words
            }
            _ => self.single(written, rest, before),
        }
    }

    /// A time with all that belongs to it.
    fn time(&mut self, rest: &[Token<'_>]) -> Option<usize> {
        let (clock, count) = clock::read(rest)?;
        self.clock = Some(clock);
        Some(self.after_time(rest, count))
    }

    /// The half of the day and the zone.
    fn after_time(&mut self, rest: &[Token<'_>], mut count: usize) -> usize {
        if let Some((half @ (Name::Am | Name::Pm), words)) = names::find(rest.get(count..).unwrap_or_default()) {
            self.half = Some(half);
            count += words;
        }
        self.zone_after(rest, count).unwrap_or(count)
    }

    fn zone_after(&mut self, rest: &[Token<'_>], count: usize) -> Option<usize> {
        if self.zone.is_some() {
            return None;
        }
        let (zone, tokens) = clock::zone(rest.get(count..)?)?;
        self.zone = Some(zone);
        Some(count + tokens)
    }

    fn triple(&mut self, three: [Written; 3], sign: char) {
        let [first, second, third] = three.map(|written| written.value);
        if self.day.is_some() || (self.open.is_some() && self.clock.is_none()) {
            self.clock = self.clock.or_else(|| Clock::new(first, second, third));
        } else if let Some(day) = order(three, sign, &Hint::default()) {
            self.day = Some(day);
        } else if three[0].digits <= 2 {
            self.open = Some((three, sign));
        }
    }

    /// `2026-05`, `2026-124`, and `15.30`: how many tokens it is, if it is one of them.
    fn pair(&mut self, first: Written, second: Written, sign: char, rest: &[Token<'_>]) -> Option<usize> {
        let dated = self.day.is_some() || self.month.is_some() || self.year.is_some();
        match (first.digits, second.digits, sign) {
            (4, 2, '-' | '/') if !dated => self.day = Day::of_month(first.value, second.value),
            (4, 3, '-') if !dated => self.day = Day::of_year(first.value, second.value),
            (1 | 2, 2, '.') if self.clock.is_none() && self.dotted.is_none() => {
                self.dotted = Some(Clock::new(first.value, second.value, 0)?);
                return Some(self.after_time(rest, 3));
            }
            _ => return None,
        }
        Some(3)
    }

    fn single(&mut self, written: Written, rest: &[Token<'_>], before: Option<&Token<'_>>) -> usize {
        let text = rest.first().map_or("", |token| token.text);
        let dated = self.day.is_some() || (self.year.is_some() && self.month.is_some());
        match written.digits {
            // After a date, or after the T of ISO 8601.
            4 | 6 if self.clock.is_none() && dated => {
                self.clock = Clock::compact(text);
                self.zone_after(rest, 1).unwrap_or(1)
            }
            2 if self.clock.is_none() && self.day.is_some() && before.is_some_and(|before| before.text == "t") => {
                self.clock = Clock::new(written.value, 0, 0);
                self.zone_after(rest, 1).unwrap_or(1)
            }
            3.. => self.set_year(written, 1),
            _ => {
                self.loose.push(written.value);
                1
            }
        }
    }

    /// `20260504`, `2026124`, `202605041530`, `20260504153000`.
    fn long(&mut self, token: Option<&Token<'_>>) -> usize {
        if let Some(text) = token.map(|token| token.text).filter(|_| self.day.is_none()) {
            let part = |from: usize, to: usize| text.get(from..to).and_then(|digits| digits.parse().ok()).unwrap_or_default();
            match text.len() {
                7 => self.day = Day::of_year(part(0, 4), part(4, 7)),
                8 | 12 | 14 => {
                    self.day = Day::civil(part(0, 4), part(4, 6), part(6, 8));
                    self.clock = self.clock.or_else(|| Clock::compact(text.get(8..)?));
                }
                _ => {}
            }
        }
        1
    }

    fn set_year(&mut self, written: Written, count: usize) -> usize {
        self.year = self.year.or_else(|| full_year(written));
        count
    }

    fn word(&mut self, rest: &[Token<'_>], before: Option<&Token<'_>>) -> usize {
        let Some((name, count)) = names::find(rest) else { return 1 };
        match name {
            Name::Month { number, sure } => self.set_month(Month { number, solar: false, sure }),
            Name::Solar(number) => self.set_month(Month { number, solar: true, sure: true }),
            Name::Lunar => return self.skip_lunar(rest, count, before),
            Name::Weekday(day) => self.weekday = self.weekday.or(Some(day)),
            // Before its time only in scripts where it is no word of another kind: German `am`, Arabic `م` for AD.
            Name::Am | Name::Pm if rest.first().is_some_and(|word| !word.text.is_ascii()) => {
                let time = rest.get(count..).and_then(clock::read).is_some();
                self.half = self.half.or(time.then_some(name));
            }
            // `12:30:00 2026 GMT`
            Name::Zone(_) if self.clock.is_some() => return self.zone_after(rest, 0).unwrap_or(count),
            _ => {}
        }
        count
    }

    fn set_month(&mut self, month: Month) {
        if self.month.is_none_or(|known| !known.sure && month.sure) {
            self.month = Some(month);
        }
    }

    /// The day before and the year after a month of the Islamic calendar are no part of the date.
    fn skip_lunar(&mut self, rest: &[Token<'_>], count: usize, before: Option<&Token<'_>>) -> usize {
        if before.is_some_and(|token| token.kind == Kind::Number) {
            self.loose.pop();
        }
        let year = rest.get(count).and_then(written).is_some_and(|year| year.digits >= 3);
        count + usize::from(year)
    }

    /// An offset may stand apart from its time, as in `12:30:00 2026 +0300`.
    fn sign(&mut self, rest: &[Token<'_>]) -> usize {
        let offset = self.clock.is_some() && rest.first().is_some_and(|sign| sign.spaced) && rest.get(1).is_some_and(|n| n.text.len() == 4);
        if offset { self.zone_after(rest, 0).unwrap_or(1) } else { 1 }
    }

    fn finish(self) -> Option<Moment> {
        let hint = Hint { foreign: self.foreign, halves: self.half.is_some(), weekday: self.weekday };
        let open = || self.open.and_then(|(three, sign)| order(three, sign, &hint));
        let day = self.day.or_else(|| self.named()).or_else(open)?;
        let clock = self.clock.or(self.dotted).unwrap_or_default().in_half(self.half);
        Some((day, clock.millis(), self.zone.unwrap_or(0)))
    }

    /// The day by its month's name or sign.
    fn named(&self) -> Option<Day> {
        let month = self.month?;
        let mut loose = self.loose.iter().copied();
        let day = loose.next()?;
        let year = self.year.or_else(|| full_year(Written { value: loose.next()?, digits: 2 }))?;
        if month.solar { Day::solar(year, month.number, day) } else { Day::civil(u32::try_from(year).ok()?, month.number, day) }
    }
}

fn written(token: &Token<'_>) -> Option<Written> {
    token.number().filter(|_| token.text.len() <= 6).map(|value| Written { value, digits: token.text.len() })
}

/// Three numbers with the same sign between them: `2026-05-04`, `04. 05. 2026`, `2026:05:04`.
fn triple(rest: &[Token<'_>]) -> Option<([Written; 3], char, usize)> {
    let (first, second, third) = (written(rest.first()?)?, written(rest.get(2)?)?, written(rest.get(4)?)?);
    let Kind::Sign(sign @ ('.' | '/' | '-' | ':')) = rest.get(1)?.kind else { return None };
    let close = |token: &Token<'_>| !token.spaced || sign == '.';
    // `2026:15:30:00` is a year and a time.
    let exif = || first.digits == 4 && !rest.get(5).is_some_and(|more| more.is(':'));
    let whole = rest.get(3)?.is(sign) && (sign != ':' || exif()) && rest.get(1..5)?.iter().all(close) && second.digits <= 2;
    whole.then_some(([first, second, third], sign, 5))
}

/// Two numbers with a sign between them and none after.
fn pair(rest: &[Token<'_>]) -> Option<(Written, char)> {
    let Kind::Sign(sign @ ('.' | '/' | '-')) = rest.get(1)?.kind else { return None };
    let second = rest.get(2).filter(|second| !second.spaced).and_then(written)?;
    (!rest.get(1)?.spaced).then_some((second, sign))
}

/// The year of a number as RFC 5322 section 4.3 reads short ones.
fn full_year(written: Written) -> Option<i32> {
    let year = i32::try_from(written.value).ok()?;
    match (written.digits, year) {
        (1 | 2, 0..50) => Some(2000 + year),
        (1 | 2, 50..100) | (3, _) => Some(1900 + year),
        (4.., 1000..) => Some(year),
        _ => None,
    }
}
