//! What a publisher says of its own rhythm: how long a document is good for, and when there will be no news. Hints, not
//! orders: [`super::schedule`] decides. Never reads a clock.

/// The publisher's word on when to come again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PublisherSchedule {
    /// How long the document may be kept, in seconds (RSS 2.0 `ttl`, which counts minutes).
    pub ttl_s: Option<u64>,
    /// Hours of the day, in UTC, without news: bit n is the hour from n:00 on (RSS 2.0 `skipHours`).
    pub skip_hours: u32,
    /// Days of the week, in UTC, without news: bit 0 is Monday (RSS 2.0 `skipDays`).
    pub skip_days: u8,
    /// Seconds between two updates (`sy:updatePeriod` through `sy:updateFrequency`, RSS 1.0 Syndication).
    pub update_every_s: Option<u64>,
    /// A moment from which those updates are counted, Unix milliseconds (`sy:updateBase`).
    pub update_base_ms: Option<i64>,
}

const HOUR_MS: i64 = 3_600_000;

impl PublisherSchedule {
    /// Whether there is no news at `at_ms` by the publisher's word. One that rules out every hour or every day has said nothing.
    pub fn skips(&self, at_ms: i64) -> bool {
        let hour = at_ms.div_euclid(HOUR_MS);
        // 1970-01-01 was a Thursday.
        let day = (hour.div_euclid(24) + 3).rem_euclid(7);
        let hours = self.skip_hours & 0xFF_FFFF;
        let days = self.skip_days & 0x7F;
        let skips_hour = hours != 0xFF_FFFF && hours >> hour.rem_euclid(24) & 1 == 1;
        let skips_day = days != 0x7F && days >> day & 1 == 1;
        skips_hour || skips_day
    }

    /// Adds an hour of `skipHours`: 0 to 23, and 24 for midnight, as RSS 0.91 counts.
    pub fn skip_hour(&mut self, hour: u32) {
        if hour <= 24 {
            self.skip_hours |= 1 << (hour % 24);
        }
    }

    /// Adds a day of `skipDays` by its English name, of which the first three letters count.
    pub fn skip_day(&mut self, name: &str) {
        const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
        let start = name.trim().get(..3).unwrap_or_default().to_ascii_lowercase();
        if let Some(day) = DAYS.iter().position(|day| *day == start) {
            self.skip_days |= 1 << day;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-05-04T00:00:00Z, a Monday.
    const MONDAY_MS: i64 = 1_777_852_800_000;

    #[test]
    fn hours_and_days_without_news_are_known() {
        let mut schedule = PublisherSchedule::default();
        schedule.skip_hour(24);
        schedule.skip_hour(5);
        schedule.skip_hour(77);
        schedule.skip_day(" Sunday");
        schedule.skip_day("никогда");
        let at = |hours: i64| schedule.skips(MONDAY_MS + hours * HOUR_MS);
        assert_eq!([at(0), at(1), at(5), at(6), at(-1), at(-24), at(6 * 24 + 12)], [true, false, true, false, true, true, true]);
    }

    #[test]
    fn one_that_never_has_news_has_said_nothing() {
        let schedule = PublisherSchedule { skip_hours: 0xFF_FFFF, skip_days: 0x7F, ..PublisherSchedule::default() };
        assert!(!schedule.skips(MONDAY_MS));
    }
}
