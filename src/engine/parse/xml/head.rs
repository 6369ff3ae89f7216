//! What a feed says of itself: its title and language, its rhythm, where older entries are. Never decides when to poll.

use std::borrow::Cow;

use url::Url;

use super::capture::Value;
use super::field::Field;
use crate::engine::parse::date;
use crate::engine::parse::field::{self, Lost};
use crate::engine::publisher::PublisherSchedule;

/// The longest rhythm that is believed, in seconds.
const YEAR_S: u64 = 366 * 86_400;

/// A feed's head.
#[derive(Default)]
pub(super) struct Head<'a> {
    title: Option<(u8, Cow<'a, str>)>,
    /// From an element, else from the root's `xml:lang`.
    pub language: Option<Cow<'a, str>>,
    pub authors: Vec<Cow<'a, str>>,
    pub schedule: PublisherSchedule,
    period_s: Option<u64>,
    frequency: Option<u64>,
    older: Option<(u8, String)>,
}

impl<'a> Head<'a> {
    /// Takes a field.
    pub fn take(&mut self, value: Value<'a>, base: Option<&Url>, lost: &mut Lost) {
        let Value { field, tag, text, .. } = value;
        if field == Field::Link {
            let rank = match tag.get("rel").as_deref().map(str::trim) {
                Some("prev-archive") => 2,
                Some("next") => 1,
                _ => return,
            };
            let address = tag.get("href").and_then(|href| field::address(&href, base, lost));
            if let Some(address) = address.filter(|_| self.older.as_ref().is_none_or(|(known, _)| *known < rank)) {
                self.older = Some((rank, address));
            }
            return;
        }
        let number = || text.trim().parse::<u64>().ok();
        match field {
            _ if text.trim().is_empty() => {}
            Field::Title(rank) if self.title.as_ref().is_none_or(|(known, _)| *known < rank) => self.title = Some((rank, text)),
            Field::Language => self.language = Some(Cow::Owned(text.to_lowercase())),
            Field::Name | Field::Email if self.authors.is_empty() => self.authors.push(text),
            Field::Ttl => self.schedule.ttl_s = number().map(|minutes| minutes.saturating_mul(60).min(YEAR_S)).filter(|ttl| *ttl > 0),
            Field::SkipHour => {
                number().and_then(|hour| u32::try_from(hour).ok()).into_iter().for_each(|hour| self.schedule.skip_hour(hour))
            }
            Field::SkipDay => self.schedule.skip_day(&text),
            Field::UpdatePeriod => self.period_s = period_s(&text),
            Field::UpdateFrequency => self.frequency = number().filter(|frequency| *frequency > 0),
            Field::UpdateBase => self.schedule.update_base_ms = date::read(&text),
            _ => {}
        }
    }

    /// The publisher's rhythm. A frequency alone is one a day (RSS 1.0 Syndication).
    pub fn rhythm(&self) -> PublisherSchedule {
        let period_s = self.period_s.or(self.frequency.map(|_| 86_400));
        let update_every_s = period_s.map(|period_s| (period_s / self.frequency.unwrap_or(1)).max(1));
        PublisherSchedule { update_every_s, ..self.schedule }
    }

    /// The title as text, the language as a tag, and the address of older entries.
    pub fn finish(self) -> (Option<String>, Option<String>, Option<String>) {
        let title = self.title.map(|(_, title)| field::title(&title)).filter(|title| !title.is_empty());
        (title, self.language.as_deref().and_then(field::language), self.older.map(|(_, address)| address))
    }
}

fn period_s(name: &str) -> Option<u64> {
    match name.trim().to_ascii_lowercase().as_str() {
        "hourly" => Some(3_600),
        "daily" => Some(86_400),
        "weekly" => Some(7 * 86_400),
        "monthly" => Some(30 * 86_400),
        "yearly" => Some(365 * 86_400),
        _ => None,
    }
}
