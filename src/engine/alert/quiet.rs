//! Quiet hours: from one time of day to another in a time zone. Whoever waits for their end is let go then; nothing in here
//! drops anything.

use jiff::{
    Timestamp,
    civil::{Date, Time},
    tz::TimeZone,
};

/// Hours of each day in which messages wait.
#[derive(Debug, Clone, PartialEq)]
pub struct Quiet {
    /// Its name in the config.
    pub name: String,
    from: Time,
    to: Time,
    zone: TimeZone,
}

impl Quiet {
    /// From `from` to `to` by the clocks of `zone`; past midnight where `to` is the earlier one.
    pub fn new(name: impl Into<String>, from: Time, to: Time, zone: TimeZone) -> Quiet {
        Quiet { name: name.into(), from, to, zone }
    }

    /// When the quiet hours that `now_ms` lies in end, Unix milliseconds; `None` outside of them.
    ///
    /// The hours are one stretch a day. Where clocks go back they last to the later of two ends; where clocks go forward, a time
    /// that is left out counts as the one as long after midnight.
    pub fn until_ms(&self, now_ms: i64) -> Option<i64> {
        let now = Timestamp::from_millisecond(now_ms).ok()?;
        let today = self.zone.to_datetime(now).date();
        // A zone may leave out a day, and a night belongs to the day before: one day more on both sides is enough.
        let mut first = today.yesterday().ok()?;
        let mut end = None;
        for _ in 0..3 {
            let (begins, ends) = self.stretch(first)?;
            // Hours that touch one another (a night and the next day's in a zone that moved) end together.
            if begins <= end.unwrap_or(now) && ends > now {
                end = Some(ends);
            }
            first = first.tomorrow().ok()?;
        }
        end.map(|end: Timestamp| end.as_millisecond())
    }

    /// The quiet hours that begin on a day.
    fn stretch(&self, day: Date) -> Option<(Timestamp, Timestamp)> {
        let last = if self.to > self.from { day } else { day.tomorrow().ok()? };
        let begins = self.zone.to_ambiguous_timestamp(day.to_datetime(self.from)).compatible().ok()?;
        let ends = self.zone.to_ambiguous_timestamp(last.to_datetime(self.to)).later().ok()?;
        Some((begins, ends))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::{date, time};

    /// The zones of the promise, with one whose clocks move by half an hour and one that moves them around Ramadan.
    const ZONES: [&str; 6] =
        ["Europe/Istanbul", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Africa/Cairo", "Africa/Casablanca"];

    fn at(zone: &TimeZone, day: Date, hour: i8, minute: i8) -> i64 {
        zone.to_ambiguous_timestamp(day.at(hour, minute, 0, 0)).compatible().unwrap().as_millisecond()
    }

    #[test]
    fn every_quarter_of_an_hour_of_a_year_is_quiet_by_the_clock_on_the_wall_and_ends_within_a_day() {
        const QUARTER_MS: i64 = 15 * 60_000;
        for name in ZONES {
            let zone = TimeZone::get(name).unwrap();
            for (from, to) in
                [(time(22, 0, 0, 0), time(7, 0, 0, 0)), (time(1, 30, 0, 0), time(2, 30, 0, 0)), (time(13, 0, 0, 0), time(14, 15, 0, 0))]
            {
                let quiet = Quiet::new("q", from, to, zone.clone());
                let mut odd = 0;
                for step in 0..366 * 96 {
                    let now_ms = at(&zone, date(2026, 1, 1), 0, 0) + step * QUARTER_MS;
                    let wall = zone.to_datetime(Timestamp::from_millisecond(now_ms).unwrap()).time();
                    let by_wall = if from < to { from <= wall && wall < to } else { wall >= from || wall < to };
                    let end = quiet.until_ms(now_ms);
                    // Where the clock goes forward over an end, and where it goes back behind one, the two may differ, that day only.
                    odd += i64::from(by_wall != end.is_some());
                    assert!(
                        !by_wall || end.is_some() || name == "Africa/Casablanca" || from == time(1, 30, 0, 0),
                        "{name} {from} {now_ms}"
                    );
                    if let Some(end) = end {
                        assert!(end > now_ms && end - now_ms <= 26 * 3_600_000, "{name} {from} {now_ms}");
                        assert_eq!(quiet.until_ms(end), None, "{name} {from}: what is let go at {end} waits no longer");
                        assert_eq!(quiet.until_ms(end - 1), Some(end), "{name} {from}: all that waits is let go at one moment");
                    }
                }
                assert!(odd <= 8, "{name} {from}: {odd} quarters");
            }
        }
    }

    #[test]
    fn a_night_ends_by_the_clock_of_its_zone_in_summer_and_in_winter() {
        let zone = TimeZone::get("America/New_York").unwrap();
        let quiet = Quiet::new("night", time(22, 0, 0, 0), time(7, 0, 0, 0), zone.clone());
        for (day, next) in
            [(date(2026, 3, 7), date(2026, 3, 8)), (date(2026, 10, 31), date(2026, 11, 1)), (date(2026, 6, 1), date(2026, 6, 2))]
        {
            assert_eq!(quiet.until_ms(at(&zone, day, 23, 30)), Some(at(&zone, next, 7, 0)));
            assert_eq!(quiet.until_ms(at(&zone, next, 6, 59)), Some(at(&zone, next, 7, 0)));
            assert_eq!((quiet.until_ms(at(&zone, next, 7, 0)), quiet.until_ms(at(&zone, day, 21, 59))), (None, None));
        }
    }

    #[test]
    fn an_hour_that_comes_twice_is_quiet_twice_and_one_that_never_comes_does_no_harm() {
        let zone = TimeZone::get("America/New_York").unwrap();
        let quiet = Quiet::new("q", time(1, 15, 0, 0), time(1, 45, 0, 0), zone.clone());
        let first = at(&zone, date(2026, 11, 1), 1, 15);
        assert_eq!(quiet.until_ms(first), Some(first + 90 * 60_000), "to the later of two ends");
        let gap = Quiet::new("q", time(2, 15, 0, 0), time(2, 45, 0, 0), zone.clone());
        let moved = at(&zone, date(2026, 3, 8), 3, 15);
        assert_eq!(gap.until_ms(moved), Some(moved + 30 * 60_000));
        assert_eq!(gap.until_ms(moved - 1), None);
    }
}
