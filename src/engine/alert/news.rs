//! What is new in a story that was told: which of its growth is worth another message, and how that is said.

use super::policy::{Escalation, FollowUp, Policy};
use crate::engine::{figure::Unit, rule::Evidence};
use std::collections::{BTreeMap, BTreeSet};

/// Figures by what they count.
pub type Tolls = BTreeMap<Unit, BTreeSet<i64>>;

/// What the readers of an alert know of its story.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Known {
    /// Primary language tags.
    pub languages: BTreeSet<String>,
    /// How many publishers with a text of their own.
    pub sources: usize,
    /// Whether an official one is among them.
    pub official: bool,
    /// Of each kind, the figures of the article that named some last: [`tolls`].
    pub figures: Tolls,
}

impl Known {
    /// With what an article brings: figures of a kind that it does not name stay.
    pub fn joined(&self, article: &Known) -> Known {
        Known {
            languages: self.languages.union(&article.languages).cloned().collect(),
            sources: self.sources.max(article.sources),
            official: self.official || article.official,
            figures: self.figures.iter().chain(&article.figures).map(|(unit, values)| (*unit, values.clone())).collect(),
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
        match *follow_up {
            FollowUp::NewLanguage => news.lines.extend(languages(told, now)),
            FollowUp::Sources(n) if told.sources < n && now.sources >= n => news.lines.push(format!("{} sources now", now.sources)),
            FollowUp::Official if !told.official && now.official => news.lines.push("an official source tells it now".to_owned()),
            FollowUp::NumberChanged => news.lines.extend(figures(told, now)),
            FollowUp::Edited if edited => news.lines.push("the article was edited".to_owned()),
            FollowUp::Sources(_) | FollowUp::Official | FollowUp::Edited => {}
        }
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

/// Each kind of which one figure is named no more and another is named in its place. One that is only named beside those that
/// were told is the toll of another day.
fn figures(told: &Known, now: &Known) -> Vec<String> {
    let changed = now.figures.iter().filter_map(|(unit, named)| {
        let before = told.figures.get(unit)?;
        let is = *named.difference(before).max()?;
        let was = before.difference(named).min_by_key(|was| was.abs_diff(is))?;
        Some(format!("{is} {}, told as {was} before", unit.name()))
    });
    changed.collect()
}

/// What the evidence of an article counts: the figures of the sentences in which its rule hit, by what they count.
pub fn tolls(evidence: &[Evidence]) -> Tolls {
    let mut tolls = Tolls::new();
    for figure in evidence.iter().flat_map(|piece| &piece.figures) {
        tolls.entry(figure.unit).or_default().insert(figure.value);
    }
    tolls
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(languages: &[&str], sources: usize, official: bool, killed: &[i64]) -> Known {
        let figures = if killed.is_empty() { Tolls::new() } else { Tolls::from([(Unit::Killed, killed.iter().copied().collect())]) };
        Known { languages: languages.iter().map(|l| (*l).to_owned()).collect(), sources, official, figures }
    }

    #[test]
    fn growth_is_told_where_the_policy_asks_for_it_and_once() {
        let policy = Policy {
            follow_up: vec![FollowUp::NewLanguage, FollowUp::Sources(3), FollowUp::Official, FollowUp::NumberChanged, FollowUp::Edited],
            escalate: vec![Escalation::Sources(5)],
            ..Policy::default()
        };
        let (told, now) = (known(&["ar"], 2, false, &[12]), known(&["ar", "ru", "tr"], 5, true, &[15]));
        let said = news(&policy, &told, &now, true);
        assert_eq!(
            said.lines,
            [
                "now also in ru, tr",
                "5 sources now",
                "an official source tells it now",
                "15 killed, told as 12 before",
                "the article was edited",
                "more urgent: 5 sources now"
            ]
        );
        assert!(said.escalates);
        assert_eq!(news(&policy, &now, &now, false), News::default());
        assert_eq!(news(&Policy::default(), &told, &now, true), News::default());
    }

    #[test]
    fn a_figure_changes_when_another_of_its_kind_stands_in_its_place() {
        let lines = |told: &[i64], now: &[i64]| figures(&known(&[], 1, false, told), &known(&[], 1, false, now));
        assert_eq!(lines(&[3], &[7]), ["7 killed, told as 3 before"]);
        assert_eq!(lines(&[3, 1200], &[7, 1200]), ["7 killed, told as 3 before"]);
        for (told, now) in [(&[3][..], &[3][..]), (&[3], &[3, 1200]), (&[3, 1200], &[3]), (&[], &[3]), (&[3], &[])] {
            assert!(lines(told, now).is_empty(), "{told:?} {now:?}");
        }
    }

    #[test]
    fn what_is_known_grows_and_a_figure_stays_until_another_of_its_kind_is_named() {
        let first = known(&["ar"], 2, true, &[3]);
        let joined = first.joined(&known(&["en"], 1, false, &[]));
        assert_eq!((joined.languages.len(), joined.sources, joined.official), (2, 2, true));
        assert_eq!(joined.figures, first.figures);
        assert_eq!(first.joined(&known(&[], 1, false, &[7])).figures, known(&[], 1, false, &[7]).figures);
    }
}
