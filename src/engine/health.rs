//! What is wrong with a feed, a rule or marsad itself, and how it is told: few alerts, whatever fails at once. It never
//! watches anything; who finds a condition hands it over.

pub mod coverage;
pub mod judge;

use serde::{Deserialize, Serialize};

/// The id that health alerts carry in place of a rule's; no rule of a config may have it.
pub const RULE: &str = "health";

/// So many conditions of one kind that begin together are told one by one; more are told in one alert.
const ONE_BY_ONE: usize = 3;

/// How many names an alert on many lists.
const LISTED: usize = 12;

/// What a condition is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum About {
    /// The feed of this id.
    Feed(String),
    /// The rule of this id.
    Rule(String),
    /// The config.
    Config,
    /// The archive.
    Archive,
    /// The network as a whole.
    Network,
    /// The process itself.
    Marsad,
}

impl About {
    /// Reads what [`About`] writes.
    pub fn parse(text: &str) -> Option<About> {
        match text.split_once(':') {
            Some(("feed", id)) => Some(About::Feed(id.to_owned())),
            Some(("rule", id)) => Some(About::Rule(id.to_owned())),
            None if text == "config" => Some(About::Config),
            None if text == "archive" => Some(About::Archive),
            None if text == "network" => Some(About::Network),
            None if text == "marsad" => Some(About::Marsad),
            _ => None,
        }
    }

    /// The feed's id, where it is about one.
    pub fn feed(&self) -> Option<&str> {
        if let About::Feed(id) = self { Some(id) } else { None }
    }
}

impl std::fmt::Display for About {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            About::Feed(id) => write!(f, "feed:{id}"),
            About::Rule(id) => write!(f, "rule:{id}"),
            About::Config => f.write_str("config"),
            About::Archive => f.write_str("archive"),
            About::Network => f.write_str("network"),
            About::Marsad => f.write_str("marsad"),
        }
    }
}

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A feed's polls fail, for long enough that it is no hiccup.
    Failing,
    /// A feed's server says that it is gone for good (410).
    Gone,
    /// A feed moved for good.
    Moved,
    /// A feed is valid and holds nothing, where it held entries.
    Empty,
    /// A feed's server says "unchanged" of a document that has changed.
    Frozen,
    /// A feed, or a rule, that was busy has gone quiet.
    Silent,
    /// The identifiers of all entries of a feed changed at once.
    Renewed,
    /// The config was refused, and an older one is in force.
    Refused,
    /// The archive takes nothing in.
    Full,
    /// No feed can be reached.
    Offline,
    /// The archive was damaged, and a backup or an empty one took its place.
    Restored,
    /// The process ended badly several times in a row, and asks no feed for a while.
    Crashing,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 12] = [
        Kind::Failing,
        Kind::Gone,
        Kind::Moved,
        Kind::Empty,
        Kind::Frozen,
        Kind::Silent,
        Kind::Renewed,
        Kind::Refused,
        Kind::Full,
        Kind::Offline,
        Kind::Restored,
        Kind::Crashing,
    ];

    /// Its name in the archive and in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Failing => "failing",
            Kind::Gone => "gone",
            Kind::Moved => "moved",
            Kind::Empty => "empty",
            Kind::Frozen => "frozen",
            Kind::Silent => "silent",
            Kind::Renewed => "renewed",
            Kind::Refused => "refused",
            Kind::Full => "full",
            Kind::Offline => "offline",
            Kind::Restored => "restored",
            Kind::Crashing => "crashing",
        }
    }

    /// The kind of this name.
    pub fn of(word: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// What many feeds have in common that are told in one alert: `7 feeds …`.
    fn of_many(self) -> &'static str {
        match self {
            Kind::Failing => "fail",
            Kind::Gone => "are gone",
            Kind::Moved => "moved",
            Kind::Empty => "are empty",
            Kind::Frozen => "say that nothing changed, and it did",
            Kind::Silent => "have gone quiet",
            Kind::Renewed => "have new identifiers for all entries",
            Kind::Refused | Kind::Full | Kind::Offline | Kind::Restored | Kind::Crashing => "have trouble",
        }
    }
}

/// Something that is wrong since a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// What it is about.
    pub about: About,
    /// What is wrong.
    pub kind: Kind,
    /// Since when, Unix milliseconds.
    pub since_ms: i64,
    /// One sentence for people, without a stop.
    pub title: String,
    /// Further lines: a reason, a figure, what to do.
    pub lines: Vec<String>,
    /// Where to look.
    pub url: Option<String>,
}

/// One health alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Telling {
    /// Raised once for this.
    pub group_key: String,
    /// Id of the feed, where it is about one.
    pub feed: String,
    /// One sentence.
    pub title: String,
    /// Further lines.
    pub lines: Vec<String>,
    /// Where to look.
    pub url: Option<String>,
    /// Since when, Unix milliseconds.
    pub since_ms: i64,
    /// Which of the conditions it tells, by place.
    pub told: Vec<usize>,
}

/// The alerts that tell these conditions, which begin together: one each, or one for all of a kind where they are many.
pub fn tell(conditions: &[Condition]) -> Vec<Telling> {
    let mut alerts = Vec::new();
    for kind in Kind::ALL {
        let of_kind: Vec<usize> = (0..conditions.len()).filter(|i| conditions[*i].kind == kind).collect();
        if of_kind.len() > ONE_BY_ONE {
            alerts.push(of_many(kind, conditions, of_kind));
        } else {
            alerts.extend(of_kind.into_iter().map(|i| of_one(&conditions[i], i)));
        }
    }
    alerts
}

fn of_one(condition: &Condition, place: usize) -> Telling {
    Telling {
        group_key: format!("{}:{}:{}", condition.about, condition.kind.word(), condition.since_ms),
        feed: condition.about.feed().unwrap_or_default().to_owned(),
        title: condition.title.clone(),
        lines: condition.lines.clone(),
        url: condition.url.clone(),
        since_ms: condition.since_ms,
        told: vec![place],
    }
}

fn of_many(kind: Kind, conditions: &[Condition], told: Vec<usize>) -> Telling {
    let titles = told.iter().map(|i| conditions[*i].title.clone());
    let mut lines: Vec<String> = titles.take(LISTED).collect();
    if told.len() > LISTED {
        lines.push(format!("and {} more; `marsad status` lists them", told.len() - LISTED));
    }
    let noun = if told.iter().all(|i| matches!(conditions[*i].about, About::Rule(_))) { "rules" } else { "feeds" };
    let first = &conditions[told[0]];
    Telling {
        group_key: format!("{noun}:{}:{}:{}", kind.word(), first.since_ms, first.about),
        feed: String::new(),
        title: format!("{} {noun} {}", told.len(), kind.of_many()),
        lines,
        url: None,
        since_ms: told.iter().map(|i| conditions[*i].since_ms).min().unwrap_or(first.since_ms),
        told,
    }
}

/// A length of time in words, in its largest unit of which there are two: `90 minutes`, `30 hours`, `5 days`.
pub fn span(ms: i64) -> String {
    let minutes = ms.max(0) / 60_000;
    match minutes {
        1 => "1 minute".to_owned(),
        0..120 => format!("{minutes} minutes"),
        120..2880 => format!("{} hours", minutes / 60),
        _ => format!("{} days", minutes / 1440),
    }
}

/// That the config was refused at `since_ms`, for these problems, each of which may be longer than a line.
pub fn refused(problems: &[String], since_ms: i64) -> Condition {
    let first = |problem: &String| problem.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default().to_owned();
    let mut lines: Vec<String> = problems.iter().take(LISTED).map(first).collect();
    lines.push("`marsad check` says where and why".to_owned());
    let title = "the config is refused; an older one stays in force".to_owned();
    Condition { about: About::Config, kind: Kind::Refused, since_ms, title, lines, url: None }
}

/// That the archive at `path` refuses what it is given, for this reason, since `since_ms`.
pub fn refusing(path: &str, reason: &str, since_ms: i64) -> Condition {
    let title = "the archive takes nothing in; no news is looked for until it does".to_owned();
    let lines = vec![reason.to_owned(), format!("is the disk full, or for reading alone? {path}")];
    Condition { about: About::Archive, kind: Kind::Full, since_ms, title, lines, url: None }
}

/// That marsad ended badly so many times within `within_ms`, and asks no feed for `rest_ms` from `since_ms` on.
pub fn crashing(times: usize, within_ms: i64, rest_ms: i64, since_ms: i64) -> Condition {
    let title = format!("marsad ended badly {times} times within {}; no feed is asked for {}", span(within_ms), span(rest_ms));
    let lines = vec![
        "alerts that wait are still delivered; `journalctl --user -u marsad` says how it ended".to_owned(),
        "a restart asks the feeds at once: `systemctl --user restart marsad`".to_owned(),
    ];
    Condition { about: About::Marsad, kind: Kind::Crashing, since_ms, title, lines, url: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failing(id: usize) -> Condition {
        let about = About::Feed(format!("feed {id}"));
        let title = format!("feed {id} fails");
        Condition { about, kind: Kind::Failing, since_ms: 1_000 - id as i64, title, lines: vec!["no route".into()], url: None }
    }

    #[test]
    fn a_few_are_told_one_by_one_and_many_in_one() {
        let few: Vec<_> = (0..ONE_BY_ONE).map(failing).collect();
        let told = tell(&few);
        assert_eq!(told.len(), ONE_BY_ONE);
        assert_eq!((told[1].group_key.as_str(), told[1].feed.as_str()), ("feed:feed 1:failing:999", "feed 1"));
        let mut many: Vec<_> = (0..40).map(failing).collect();
        many.push(refused(&["error: unknown key\n  --> marsad.toml:3".into()], 5));
        let told = tell(&many);
        let titles: Vec<_> = told.iter().map(|alert| (alert.title.as_str(), alert.told.len(), alert.lines.len())).collect();
        assert_eq!(titles, [("40 feeds fail", 40, LISTED + 1), ("the config is refused; an older one stays in force", 1, 2)]);
        assert_eq!(told[1].lines[0], "error: unknown key");
    }

    #[test]
    fn words_are_read_back() {
        for kind in Kind::ALL {
            assert_eq!(Kind::of(kind.word()), Some(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.word());
        }
        for about in [About::Feed("a:b".into()), About::Rule("r".into()), About::Config, About::Archive, About::Network, About::Marsad] {
            assert_eq!(About::parse(&about.to_string()), Some(about));
        }
    }
}
