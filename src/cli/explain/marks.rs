//! An article with the hits of rules marked in it: title and text always, the other fields where they hold a hit.

use super::super::{
    error::Error,
    output::{Out, Span, Style},
};
use crate::{
    engine::rule::{Evidence, Field},
    store::listing::Article,
};

/// Prints the article, with every piece of `evidence` marked.
pub fn article(out: &mut Out, article: &Article, evidence: &[&Evidence]) -> Result<(), Error> {
    let spans_of = |field| {
        let mut spans: Vec<(usize, usize)> =
            evidence.iter().filter(|piece| piece.field == field).map(|piece| (piece.start, piece.end)).collect();
        spans.sort_unstable();
        spans
    };
    let colour = out.look.colour;
    let seen = format!("article {}, first seen {}, feed ", article.id, out.ago(article.first_seen_ms));
    out.line(&[Style::Dim.part(&seen), Style::Dim.value(&article.feed)])?;
    match &article.url {
        Some(url) if !spans_of(Field::Url).is_empty() => field(out, "url", url, &spans_of(Field::Url))?,
        Some(url) => out.line(&[Style::Dim.value(url)])?,
        None => {}
    }
    let categories = article.categories.join("\n");
    for (name, text, spans) in [
        ("author", article.author.as_deref().unwrap_or(""), spans_of(Field::Author)),
        ("category", categories.as_str(), spans_of(Field::Category)),
    ] {
        if !spans.is_empty() {
            field(out, name, text, &spans)?;
        }
    }
    for (text, spans) in [(&article.title, spans_of(Field::Title)), (&article.text, spans_of(Field::Text))] {
        out.say("")?;
        marked(text, &spans, colour).iter().try_for_each(|line| out.line(line))?;
    }
    Ok(())
}

/// A field of one line, or one line for each category, under its name.
fn field(out: &mut Out, name: &str, text: &str, spans: &[(usize, usize)]) -> Result<(), Error> {
    for line in marked(text, spans, out.look.colour) {
        out.line(&[&[Style::Dim.part(&format!("{name}: "))][..], &line].concat())?;
    }
    Ok(())
}

/// The lines of `text` with these byte spans marked: by colour, or between « and ». Spans are ascending and may overlap.
fn marked(text: &str, spans: &[(usize, usize)], colour: bool) -> Vec<Vec<Span>> {
    let (mut lines, mut at, mut line_start) = (Vec::new(), 0, 0);
    for line in text.split('\n') {
        let line_end = line_start + line.len();
        let mut parts = Vec::new();
        at = at.max(line_start);
        for &(start, end) in spans {
            let (start, end) = (start.max(at), end.min(line_end));
            let (Some(before), Some(hit)) = (text.get(at..start), text.get(start..end)) else { continue };
            if hit.is_empty() {
                continue;
            }
            parts.push(Style::Plain.part(before));
            parts.push(if colour { Style::Mark.part(hit) } else { Style::Mark.part(&format!("«{hit}»")) });
            at = end;
        }
        parts.push(Style::Plain.part(text.get(at..line_end).unwrap_or_default()));
        lines.push(parts);
        line_start = line_end + 1;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::output::paint;

    fn shown(text: &str, spans: &[(usize, usize)]) -> String {
        marked(text, spans, false).iter().map(|line| paint(line, false)).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn hits_are_marked_where_they_stand() {
        assert_eq!(shown("قصف بإدلب\nاليوم", &[(7, 17)]), "قصف «بإدلب»\nاليوم");
        assert_eq!(shown("a b c", &[(0, 1), (4, 5)]), "«a» b «c»");
        assert_eq!(shown("abc", &[]), "abc");
    }

    #[test]
    fn spans_that_overlap_or_cross_a_line_are_marked_once() {
        assert_eq!(shown("abcdef", &[(0, 4), (2, 6)]), "«abcd»«ef»");
        assert_eq!(shown("وقف\nالنار", &[(0, 17)]), "«وقف»\n«النار»");
        assert_eq!(shown("ab\ncd", &[(0, 1), (1, 4)]), "«a»«b»\n«c»d");
    }

    #[test]
    fn spans_that_do_not_fit_are_passed_over() {
        assert_eq!(shown("é", &[(1, 2), (5, 9)]), "é");
    }
}
