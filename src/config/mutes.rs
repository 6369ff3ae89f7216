//! `[[mute]]`: an expression whose matches are told to nobody until a moment.

use super::{
    nearest::one_of,
    raw::{At, Node, Reader},
    report::Problems,
    rules::{self, World},
};
use crate::engine::{
    alert::mute::Mute,
    rule::{Lexicon, compile, syntax::parse},
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};

/// A mute with its places.
#[derive(Debug)]
pub(super) struct MuteDraft {
    when: At<String>,
    rules: Vec<At<String>>,
    feeds: Vec<At<String>>,
    until_ms: i64,
}

/// Reads one `[[mute]]`.
pub(super) fn read(mut table: Reader<'_>, p: &mut Problems) -> Option<MuteDraft> {
    let when = table.required("when", p);
    let node = table.node("until");
    let (rules, feeds) = (table.texts("rules", p), table.texts("feeds", p));
    if node.is_none() {
        p.missing(table.at, "mute has no `until`", Some("what is never wanted belongs into the rule's `none`".into()));
    }
    table.finish(p);
    let until_ms = node.and_then(|node| moment(node, p))?;
    Some(MuteDraft { when: when?, rules, feeds, until_ms })
}

/// A day, which is its beginning in UTC, or a moment with its offset; as a date of TOML or a string.
fn moment(node: Node<'_>, p: &mut Problems) -> Option<i64> {
    let text = node.value.as_datetime().map(ToString::to_string).or_else(|| node.value.as_str().map(str::to_owned)).unwrap_or_default();
    let found = until(text.trim());
    if found.is_none() {
        p.error(node.at, "`until` is no moment", Some("write a day such as 2026-12-20, or 2026-12-20T18:00:00+03:00".into()));
    }
    found
}

/// The moment that `text` names: a day is its beginning in UTC.
fn until(text: &str) -> Option<i64> {
    let day = |text: &str| TimeZone::UTC.to_ambiguous_timestamp(text.parse::<Date>().ok()?.at(0, 0, 0, 0)).compatible().ok();
    let moment = if text.len() == 10 { day(text) } else { text.parse::<Timestamp>().ok() };
    moment.map(Timestamp::as_millisecond)
}

/// Checks mutes against what the config defines; each must compile.
pub(super) fn settle(drafts: Vec<MuteDraft>, ids: &[String], world: &World<'_>, lexicon: &Lexicon, p: &mut Problems) -> Vec<Mute> {
    let mut mutes = Vec::new();
    for draft in drafts {
        for rule in draft.rules.iter().filter(|rule| !ids.contains(&rule.value)) {
            let hint = one_of(&rule.value, "", "rules", ids.iter().map(String::as_str));
            let hint = hint.or_else(|| Some("there is no rule yet: add a `[[rule]]` of this name".into()));
            p.missing(rule.at, format!("unknown rule `{}`", rule.value), hint);
        }
        for feed in &draft.feeds {
            rules::scope(feed, world, p);
        }
        if let Ok((expr, notes)) = parse(&draft.when.value) {
            rules::check_names(&draft.when, &expr, world, p);
            for note in notes {
                p.warning(draft.when.at, note.message, None);
                p.within(&draft.when.value, note.span);
            }
        }
        let own = |list: &[At<String>]| list.iter().map(|text| text.value.trim().to_owned()).collect();
        let mute =
            Mute { row: 0, expr: draft.when.value.clone(), rules: own(&draft.rules), feeds: own(&draft.feeds), until_ms: draft.until_ms };
        if !p.has_error_in(draft.when.at)
            && let Err(errors) = compile(&[mute.spec(world.feeds)], lexicon)
        {
            for error in errors {
                p.error(draft.when.at, error.message, error.hint);
                p.within(&draft.when.value, error.span);
            }
        }
        mutes.push(mute);
    }
    mutes
}

#[cfg(test)]
mod tests {
    use super::until;

    #[test]
    fn a_day_is_its_beginning_and_a_moment_needs_its_offset() {
        assert_eq!(until("1970-01-02"), Some(86_400_000));
        assert_eq!(until("1970-01-01T03:00:00+03:00"), Some(0));
        assert_eq!((until("1970-01-01T03:00:00"), until("soon"), until("")), (None, None, None));
    }
}
