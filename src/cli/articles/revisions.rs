//! `marsad articles N --revisions`: what became of an article after it was first read.

use crate::{
    cli::{
        error::Error,
        output::{Out, Style},
    },
    engine::{alert::json::rfc3339, identify::Piece},
    store::{listing::Article, revision::Revision},
};
use serde_json::{Value, json};

/// Revisions in the shape that scripts rely on.
pub fn object(article: &Article, revisions: &[Revision]) -> Value {
    let one = |revision: &Revision| {
        let change = &revision.change;
        json!({
            "n": revision.n, "seen": rfc3339(revision.seen_ms), "title": change.title, "url": change.url,
            "published": change.published_ms.and_then(rfc3339),
            "text": change.text.as_ref().map(|piece| json!({"at": piece.at, "old": piece.old, "new": piece.new})),
        })
    };
    json!({"article": article.id, "title": article.title, "revisions": revisions.iter().map(one).collect::<Vec<_>>()})
}

/// Prints them, the oldest first.
pub fn tell(out: &mut Out, article: &Article, revisions: &[Revision]) -> Result<(), Error> {
    out.line(&[Style::Plain.part(&format!("article {}: ", article.id)), Style::Bold.value(&article.title)])?;
    if revisions.is_empty() {
        return out.say("never revised");
    }
    let mut last = 0;
    for revision in revisions {
        if revision.n > last + 1 {
            out.line(&[Style::Dim.part(&format!("{} revisions between are no longer kept", revision.n - last - 1))])?;
        }
        last = revision.n;
        out.say(format!("revision {}, {}", revision.n, out.ago(revision.seen_ms)))?;
        let was = |what: &str, old: &str| vec![Style::Dim.part(&format!("  {what} was  ")), Style::Plain.value(old)];
        let change = &revision.change;
        for (what, old) in [("title", &change.title), ("link", &change.url), ("date", &change.published_ms.and_then(rfc3339))] {
            if let Some(old) = old {
                out.line(&was(what, old))?;
            }
        }
        change.text.iter().try_for_each(|piece| tell_piece(out, piece))?;
    }
    Ok(())
}

fn tell_piece(out: &mut Out, piece: &Piece) -> Result<(), Error> {
    for (word, style, text) in [("  text went  ", Style::Bad, &piece.old), ("  text came  ", Style::Good, &piece.new)] {
        if !text.trim().is_empty() {
            out.line(&[Style::Dim.part(word), style.value(text.trim())])?;
        }
    }
    Ok(())
}
