//! What is new in a story that was told: which of its growth is worth another message, and how that is said.

use super::policy::{Escalation, FollowUp, Policy};
use std::collections::BTreeSet;

/// What the readers of an alert know of its story.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Known {
    /// Primary language tags.
    pub languages: BTreeSet<String>,
    /// How many sources.
    pub sources: usize,
    /// Whether an official one is among them.
    pub official: bool,
    /// The largest figure of the title that spoke last.
    pub figure: Option<i64>,
}

impl Known {
    /// With what an article brings: a figure that it does not name stays.
    pub fn joined(&self, article: &Known) -> Known {
        Known {
            languages: self.languages.union(&article.languages).cloned().collect(),
            sources: self.sources.max(article.sources),
            official: self.official || article.official,
            figure: article.figure.or(self.figure),
        }
    }
}

/// What there is to say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct News {
    /// One line each.
    pub lines: Vec<String>,
    /// Whether the alert is one step more severe now.
    pub escalates: bool,
}

/// What `now` holds that `told` did not, as far as the policy asks for it. `edited`: an article of the story was edited.
pub fn news(policy: &Policy, told: &Known, now: &Known, edited: bool) -> News {
    let mut news = News::default();
    for follow_up in &policy.follow_up {
        news.lines.extend(match *follow_up {
            FollowUp::NewLanguage => languages(told, now),
            FollowUp::Sources(n) => (told.sources < n && now.sources >= n).then(|| format!("{} sources now", now.sources)),
            FollowUp::Official => (!told.official && now.official).then(|| "an official source tells it now".to_owned()),
            FollowUp::NumberChanged => figures(told, now),
            FollowUp::Edited => edited.then(|| "the article was edited".to_owned()),
        });
    }
    for escalation in &policy.escalate {
        if let Escalation::Sources(n) = *escalation
            && told.sources < n
            && now.sources >= n
        {
            news.escalates = true;
            news.lines.push(format!("more urgent: {} sources now", now.sources));
        }
    }
    news
}

fn languages(told: &Known, now: &Known) -> Option<String> {
    let new: Vec<&str> = now.languages.difference(&told.languages).map(String::as_str).collect();
    (!new.is_empty()).then(|| format!("now also in {}", new.join(", ")))
}

fn figures(told: &Known, now: &Known) -> Option<String> {
    match (told.figure, now.figure) {
        (Some(was), Some(is)) if was != is => Some(format!("{is}, told as {was} before")),
        _ => None,
    }
}

/// The largest figure of a title, years excepted; digits of every script that newspapers print.
pub fn figure(title: &str) -> Option<i64> {
    let mut largest = None;
    let mut digits = String::new();
    let mut chars = title.chars().peekable();
    while let Some(c) = chars.next() {
        match digit(c) {
            Some(digit) => digits.push(digit),
            // 12,500 and 12.500: a sign between two digits parts thousands.
            None if !digits.is_empty() && ",.٬’'\u{a0}\u{202f}".contains(c) && chars.peek().copied().and_then(digit).is_some() => {}
            None => largest = largest.max(whole(&mut digits)),
        }
    }
    largest.max(whole(&mut digits))
}

fn whole(digits: &mut String) -> Option<i64> {
    let value = std::mem::take(digits).parse::<i64>().ok();
    value.filter(|value| !(1900..=2100).contains(value))
}

fn digit(c: char) -> Option<char> {
    let from = ['0', '\u{660}', '\u{6f0}', '\u{966}'].into_iter().find(|zero| (*zero..).take(10).any(|d| d == c))?;
    char::from_digit(c as u32 - from as u32, 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(languages: &[&str], sources: usize, official: bool, figure: Option<i64>) -> Known {
        Known { languages: languages.iter().map(|l| (*l).to_owned()).collect(), sources, official, figure }
    }

    #[test]
    fn growth_is_told_where_the_policy_asks_for_it_and_once() {
        let policy = Policy {
            follow_up: vec![FollowUp::NewLanguage, FollowUp::Sources(3), FollowUp::Official, FollowUp::NumberChanged, FollowUp::Edited],
            escalate: vec![Escalation::Sources(5)],
            ..Policy::default()
        };
        let (told, now) = (known(&["ar"], 2, false, Some(12)), known(&["ar", "ru", "tr"], 5, true, Some(15)));
        let said = news(&policy, &told, &now, true);
        assert_eq!(
            said.lines,
            [
                "now also in ru, tr",
                "5 sources now",
                "an official source tells it now",
                "15, told as 12 before",
                "the article was edited",
                "more urgent: 5 sources now"
            ]
        );
        assert!(said.escalates);
        assert_eq!(news(&policy, &now, &now, false), News::default());
        assert_eq!(news(&Policy::default(), &told, &now, true), News::default());
    }

    #[test]
    fn a_figure_is_the_largest_of_a_title_in_any_script_and_no_year() {
        assert_eq!(figure("12 killed, 1,500 displaced in 2026"), Some(1500));
        assert_eq!(figure("مقتل ١٢ مدنيا"), Some(12));
        assert_eq!(figure("Hayatını kaybeden 7 kişi"), Some(7));
        assert_eq!(figure("In 2026, nothing"), None);
        assert_eq!(figure("99999999999999999999"), None);
    }

    #[test]
    fn what_is_known_grows_and_a_figure_stays_until_another_is_named() {
        let known = known(&["ar"], 2, true, Some(3)).joined(&known(&["en"], 1, false, None));
        assert_eq!((known.languages.len(), known.sources, known.official, known.figure), (2, 2, true, Some(3)));
    }
}
