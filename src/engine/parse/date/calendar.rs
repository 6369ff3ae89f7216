//! Days: of the Gregorian calendar, of the Iranian one, by week or by day of the year. Never guesses which of two numbers is the
//! month unless something tells.

use jiff::civil::{Date, ISOWeekDate, Weekday};

use super::reader::Written;

/// Years of the Iranian calendar that are taken for such: 1990 to 2037.
const SOLAR: std::ops::RangeInclusive<i32> = 1369..=1415;

/// A day of the Gregorian calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Day(Date);

/// What else a text says that tells day from month.
#[derive(Debug, Default)]
pub(super) struct Hint {
    /// It has letters or digits that are not in ASCII, and only English puts the month first.
    pub foreign: bool,
    /// It has a time in halves of a day, as those write who put the month first.
    pub halves: bool,
    /// It names a day of the week.
    pub weekday: Option<i8>,
}

impl Day {
    /// A day by its numbers, those of the Iranian calendar in its years. Years beyond what jiff holds in every zone are the last
    /// that it does; one before 1900 is of some other calendar.
    pub fn civil(year: u32, month: u32, day: u32) -> Option<Self> {
        let year = i32::try_from(year.min(9998)).ok()?;
        if year < 1900 {
            return Self::solar(year, month, day);
        }
        Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok().map(Self)
    }

    /// The first of a month (W3CDTF).
    pub fn of_month(year: u32, month: u32) -> Option<Self> {
        Self::civil(year, month, 1)
    }

    /// `2026-124` (ISO 8601, ordinal date).
    pub fn of_year(year: u32, day: u32) -> Option<Self> {
        let first = Date::new(i16::try_from(year).ok()?, 1, 1).ok()?;
        first.with().day_of_year(i16::try_from(day).ok()?).build().ok().map(Self)
    }

    /// `2026-W19-1` (ISO 8601, week date).
    pub fn of_week(year: u32, week: u32, day: u32) -> Option<Self> {
        let weekday = Weekday::from_monday_one_offset(i8::try_from(day).ok()?).ok()?;
        let date = ISOWeekDate::new(i16::try_from(year).ok()?, i8::try_from(week).ok()?, weekday).ok()?;
        Some(Self(date.date()))
    }

    /// A day of the Iranian calendar. Its leap years follow the cycle of 33 years, which agrees with the calendar as it is kept
    /// (by the equinox at Tehran) for all years of [`SOLAR`].
    pub fn solar(year: i32, month: u32, day: u32) -> Option<Self> {
        let longest = match month {
            1..=6 => 31,
            7..=11 => 30,
            12 => 29 + u32::from(leaps(year) > leaps(year - 1)),
            _ => return None,
        };
        if !SOLAR.contains(&year) || !(1..=longest).contains(&day) {
            return None;
        }
        // 1 Farvardin 1405 was 2026-03-21.
        let years = 365 * (year - 1405) + leaps(year - 1) - leaps(1404);
        let before = i32::try_from((month - 1) * 30 + (month - 1).min(6) + day - 1).ok()?;
        let nowruz = Date::new(2026, 3, 21).ok()?;
        nowruz.checked_add(jiff::Span::new().days(years + before)).ok().map(Self)
    }

    /// Unix milliseconds of `millis` after its midnight, `east_s` seconds east of UTC.
    pub fn at(self, millis: i64, east_s: i32) -> Option<i64> {
        let midnight = jiff::tz::Offset::UTC.to_timestamp(self.0.to_datetime(jiff::civil::Time::midnight())).ok()?;
        midnight.as_millisecond().checked_add(millis)?.checked_sub(i64::from(east_s) * 1000)
    }
}

/// Leap years of the Iranian calendar up to `year`, but for a constant.
fn leaps(year: i32) -> i32 {
    (8 * year + 29).div_euclid(33)
}

/// The day that three numbers mean: year first, or year last with the day before the month if the sign is a full stop, if one of
/// the two is over 12, or if `hint` says so. Otherwise none: half of such dates would be wrong.
pub(super) fn order([first, second, third]: [Written; 3], sign: char, hint: &Hint) -> Option<Day> {
    if first.digits >= 3 {
        return Day::civil(first.value, second.value, third.value);
    }
    let year = match (third.digits, third.value) {
        (1 | 2, 0..50) => 2000 + third.value,
        (2, _) => 1900 + third.value,
        (4.., year) => year,
        _ => return None,
    };
    let day_first = Day::civil(year, second.value, first.value);
    let month_first = Day::civil(year, first.value, second.value);
    let solar = i32::try_from(year).is_ok_and(|year| SOLAR.contains(&year));
    if sign == '.' || solar {
        return day_first.or(month_first);
    }
    // `26-05-04` may have its year first.
    let year_first = third.digits <= 2 && sign == '-' && first.digits == 2;
    let year_first = year_first.then(|| Day::civil(2000 + first.value, second.value, third.value)).flatten();
    let mut days: Vec<Day> = [day_first, month_first, year_first].into_iter().flatten().collect();
    days.dedup();
    let told =
        hint.weekday.map(|told| days.iter().copied().filter(|day| day.0.weekday().to_monday_one_offset() == told).collect::<Vec<_>>());
    match (days.as_slice(), told.as_deref()) {
        ([day], _) | (_, Some([day])) => Some(*day),
        ([], _) => None,
        _ if year_first.is_some() => None,
        _ if hint.foreign => day_first,
        _ if hint.halves => month_first,
        _ => None,
    }
}
