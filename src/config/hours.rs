//! `[quiet.NAME]` and `[digest.NAME]`: hours of the day in a time zone, which rules call by name.

use super::{
    nearest::did_you_mean,
    raw::{At, Reader},
    report::Problems,
};
use crate::engine::alert::{digest::Digest, quiet::Quiet};
use jiff::{civil::Time, tz::TimeZone};
use std::time::Duration;

/// What `quiet` and `digest` of a rule say to have none, whatever `[alert]` says.
pub(super) const NONE: &str = "none";

const MINUTE: Duration = Duration::from_secs(60);
const WEEK: Duration = Duration::from_secs(7 * 86_400);

/// Hours with the place of their name.
#[derive(Debug)]
pub(super) struct Named<T> {
    pub name: At<String>,
    pub hours: T,
}

/// Reads one `[quiet.NAME]`.
pub(super) fn quiet(name: At<String>, mut table: Reader<'_>, p: &mut Problems) -> Option<Named<Quiet>> {
    table.what = format!("`[quiet.{}]`", name.value);
    let at = table.at;
    let sound = named(&name, "quiet", p);
    let from = table.required("from", p).map(|text| time(&text, p));
    let to = table.required("to", p).map(|text| time(&text, p));
    let zone = table.required("tz", p).map(|text| zone(&text, p));
    table.finish(p);
    let (from, to, zone) = (from??, to??, zone??);
    if from == to {
        p.error(at, format!("`[quiet.{}]` begins when it ends", name.value), Some("to hold everything, use `marsad pause`".into()));
        return None;
    }
    sound.then(|| Named { hours: Quiet::new(name.value.clone(), from, to, zone), name })
}

/// Reads one `[digest.NAME]`.
pub(super) fn digest(name: At<String>, mut table: Reader<'_>, p: &mut Problems) -> Option<Named<Digest>> {
    table.what = format!("`[digest.{}]`", name.value);
    let sound = named(&name, "digest", p);
    let every = table.duration("every", MINUTE..=WEEK, p);
    let has_every = table.key_at("every").is_some();
    let times: Option<Vec<Time>> = table.texts("at", p).iter().map(|text| time(text, p)).collect();
    let at_key = table.key_at("at");
    let zone_text = table.text("tz", p);
    let zone = zone_text.as_ref().and_then(|text| zone(text, p));
    let hint = || Some("such as every = \"1h\", or at = [\"08:00\", \"18:00\"] with a tz".to_owned());
    let hours = match (has_every, at_key) {
        (true, None) => every.map(|every| Digest::Every(i64::try_from(every.as_millis()).unwrap_or(i64::MAX))),
        (false, Some(at)) => {
            if table.key_at("tz").is_none() {
                p.missing(at, "`at` without a `tz`", Some("name the time zone, such as tz = \"Europe/Istanbul\"".into()));
            }
            let (mut times, zone) = (times?, zone?);
            times.sort_unstable();
            times.dedup();
            (!times.is_empty()).then_some(Digest::At(times, zone))
        }
        (true, Some(at)) => {
            p.error(at, format!("{} has both `every` and `at`", table.what), hint());
            None
        }
        (false, None) => {
            p.missing(table.at, format!("{} says neither `every` nor `at`", table.what), hint());
            None
        }
    };
    table.finish(p);
    hours.filter(|_| sound).map(|hours| Named { name, hours })
}

fn named(name: &At<String>, kind: &str, p: &mut Problems) -> bool {
    let sound = !name.value.trim().is_empty() && !name.value.chars().any(char::is_control) && name.value != NONE;
    if !sound {
        p.error(name.at, format!("`{}` is no name for `[{kind}]`", name.value), Some("any other word will do, such as `night`".into()));
    }
    sound
}

/// `HH:MM` of a day of 24 hours.
fn time(text: &At<String>, p: &mut Problems) -> Option<Time> {
    let read = || {
        let (hour, minute) = text.value.trim().split_once(':')?;
        let two = |part: &str| (part.len() <= 2 && part.bytes().all(|b| b.is_ascii_digit())).then(|| part.parse::<i8>().ok()).flatten();
        Time::new(two(hour)?, two(minute)?, 0, 0).ok()
    };
    let time = read();
    if time.is_none() {
        p.error(text.at, format!("`{}` is no time of day", text.value), Some("write hours and minutes, such as \"22:00\"".into()));
    }
    time
}

fn zone(text: &At<String>, p: &mut Problems) -> Option<TimeZone> {
    let zone = TimeZone::get(text.value.trim()).ok();
    if zone.is_none() {
        let known: Vec<String> = jiff::tz::db().available().map(|name| name.as_str().to_owned()).collect();
        let hint = did_you_mean(&text.value, known.iter().map(String::as_str));
        let hint = hint.or_else(|| Some("a name of the time zone database, such as \"Europe/Istanbul\"".into()));
        p.error(text.at, format!("unknown time zone `{}`", text.value), hint);
    }
    zone
}

/// Two of one name are refused.
pub(super) fn settle<T>(kind: &str, all: Vec<Named<T>>, p: &mut Problems) -> Vec<Named<T>> {
    let mut kept: Vec<Named<T>> = Vec::new();
    for one in all {
        if kept.iter().any(|other| other.name.value == one.name.value) {
            p.error(one.name.at, format!("`[{kind}.{}]` is there twice", one.name.value), None);
        } else {
            kept.push(one);
        }
    }
    kept
}

/// The hours that `called` names; nothing where it says `none`.
pub(super) fn find<T: Clone>(kind: &str, called: Option<&At<String>>, all: &[Named<T>], p: &mut Problems) -> Option<T> {
    let called = called.filter(|called| called.value != NONE)?;
    let found = all.iter().find(|one| one.name.value == called.value);
    if found.is_none() {
        let names: Vec<&str> = all.iter().map(|one| one.name.value.as_str()).collect();
        let hint = did_you_mean(&called.value, names.iter().copied());
        let hint = hint.or_else(|| Some(format!("define `[{kind}.{}]`", called.value)));
        // Beside a syntax error its table may have been lost.
        p.missing(called.at, format!("there is no `[{kind}.{}]`", called.value), hint);
    }
    found.map(|one| one.hours.clone())
}
