//! How a search for feeds is told: a table and a hint for people, one object for scripts.

use super::{Feed, Miss, Search};
use crate::{
    cli::{
        check::counted,
        error::Error,
        feed::parse::word,
        output::{Out, Style, table::Table},
    },
    engine::{alert::json::rfc3339, discover::How},
};
use serde_json::{Value, json};

/// Prints what was found at `page`, and what was asked in vain.
pub fn show(out: &mut Out, page: &str, search: &Search, as_json: bool) -> Result<(), Error> {
    if as_json { out.json(&object(page, search)) } else { tell(out, search) }
}

fn object(page: &str, search: &Search) -> Value {
    let feed = |feed: &Feed| {
        json!({
            "url": feed.candidate.url, "title": title(feed), "format": word(feed.document.format), "entries": feed.document.entries.len(),
            "newest": feed.newest_ms.and_then(rfc3339), "language": language(feed), "found": feed.candidate.how.word(),
        })
    };
    let miss = |miss: &Miss| json!({"url": miss.candidate.url, "found": miss.candidate.how.word(), "reason": miss.reason});
    json!({
        "page": page, "feeds": search.feeds.iter().map(feed).collect::<Vec<_>>(), "failed": search.misses.iter().map(miss).collect::<Vec<_>>(),
    })
}

/// What the feed calls itself, else what the page calls it.
fn title(feed: &Feed) -> Option<&str> {
    feed.document.title.as_deref().or(feed.candidate.title.as_deref())
}

/// What the document states, else what its first entry does.
fn language(feed: &Feed) -> Option<&str> {
    feed.document.language.as_deref().or_else(|| feed.document.entries.iter().find_map(|entry| entry.language.as_deref()))
}

fn tell(out: &mut Out, search: &Search) -> Result<(), Error> {
    let mut table = Table::new(&["address", "title", "format", ">entries", "newest", "language", "found by"]);
    for feed in &search.feeds {
        table.row(vec![
            Style::Bold.value(&feed.candidate.url),
            Style::Plain.value(title(feed).unwrap_or("(no title)")),
            Style::Plain.part(word(feed.document.format)),
            Style::Plain.part(&feed.document.entries.len().to_string()),
            Style::Plain.part(&feed.newest_ms.map_or_else(|| "undated".into(), |at| out.ago(at))),
            Style::Plain.value(language(feed).unwrap_or("?")),
            Style::Dim.part(feed.candidate.how.word()),
        ]);
    }
    out.table(&table)?;
    // That a guessed path leads nowhere is no news; that the page names what is no feed is.
    for miss in search.misses.iter().filter(|miss| miss.candidate.how != How::WellKnown) {
        let reason = format!(": {}", miss.reason);
        out.line(&[Style::Warn.part("no feed: "), Style::Plain.value(&miss.candidate.url), Style::Dim.value(reason)])?;
    }
    let guessed = search.misses.iter().filter(|miss| miss.candidate.how == How::WellKnown).count();
    if guessed > 0 {
        out.line(&[Style::Dim.part(&format!("no feed at {}", counted(guessed, "well-known path")))])?;
    }
    match search.feeds.first() {
        Some(best) => out.line(&[
            Style::Good.part("hint: "),
            Style::Plain.part("follow it with: marsad feed add "),
            Style::Plain.part(&quoted(&best.candidate.url)),
        ]),
        None => Ok(()),
    }
}

/// An address as a shell takes it.
fn quoted(url: &str) -> String {
    let plain = url.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":/._-~%+,=@".contains(&byte));
    if plain { url.to_owned() } else { format!("'{}'", url.replace('\'', "%27")) }
}
