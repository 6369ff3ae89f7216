//! How a clause reads an article, shown: its verdict, what was measured, its hits, and below it the parts of an expression.

use super::super::{
    error::Error,
    output::{Out, Span, Style},
};
use crate::engine::rule::{Clause, Evidence, Reading};
use serde_json::{Value, json};

/// The most hits of one part that people are shown; scripts get all.
const SHOWN: usize = 8;
/// Columns before the hits of a clause.
const INDENT: usize = 9;
/// Columns that a part stands further in than what it is a part of.
const STEP: usize = 2;

/// A reading in the shape that scripts rely on.
pub fn object(reading: &Reading) -> Value {
    json!({
        "clause": reading.label, "kind": reading.clause.name(), "holds": reading.holds, "measure": reading.measure,
        "evidence": reading.evidence, "parts": reading.parts.iter().map(object).collect::<Vec<_>>(),
    })
}

/// Adds every hit of a reading and its parts.
pub fn hits<'r>(reading: &'r Reading, found: &mut Vec<&'r Evidence>) {
    found.extend(&reading.evidence);
    reading.parts.iter().for_each(|part| hits(part, found));
}

/// Prints a clause with its parts.
pub fn tell(out: &mut Out, clause: &Reading) -> Result<(), Error> {
    let mark = if clause.holds { Style::Good.part("  yes  ") } else { Style::Bad.part("  no   ") };
    let end = if clause.evidence.is_empty() && clause.parts.is_empty() && clause.measure.is_none() { "  no hit" } else { "" };
    out.line(&[mark, Style::Plain.value(&clause.label), measure(clause), Style::Dim.part(end)])?;
    pieces(out, clause, INDENT)?;
    clause.parts.iter().try_for_each(|of| part(out, of, clause.clause, INDENT))
}

/// Prints a part of an expression. What stands under NOT, or subtracts from a score, speaks against the rule where it hits.
fn part(out: &mut Out, reading: &Reading, of: Clause, indent: usize) -> Result<(), Error> {
    let against = reading.clause == Clause::None || of == Clause::None;
    let word = match (reading.holds, against) {
        (true, false) => Style::Good.part("yes  "),
        (false, false) => Style::Bad.part("no   "),
        (true, true) => Style::Bad.part("hit  "),
        (false, true) => Style::Good.part("none "),
    };
    let label = reading.label.strip_prefix(&format!("{}: ", of.name())).unwrap_or(&reading.label);
    let label = label.strip_prefix("when: ").unwrap_or(label);
    out.line(&[Style::Plain.part(&" ".repeat(indent)), word, Style::Plain.value(label), measure(reading)])?;
    pieces(out, reading, indent + 5)?;
    let of = if against { Clause::None } else { of };
    reading.parts.iter().try_for_each(|inner| part(out, inner, of, indent + STEP))
}

fn measure(reading: &Reading) -> Span {
    reading.measure.as_ref().map_or_else(Span::default, |measure| Style::Warn.part(&format!("  {measure}")))
}

fn pieces(out: &mut Out, reading: &Reading, indent: usize) -> Result<(), Error> {
    for piece in reading.evidence.iter().take(SHOWN) {
        out.line(&evidence_line(piece, indent))?;
    }
    match reading.evidence.len().saturating_sub(SHOWN) {
        0 => Ok(()),
        more => out.line(&[Style::Dim.part(&format!("{}and {more} more", " ".repeat(indent)))]),
    }
}

/// A hit in one line, after so many blanks.
pub fn evidence_line(piece: &Evidence, indent: usize) -> Vec<Span> {
    let field = piece.field.name();
    let mut line = vec![
        Style::Plain.part(&" ".repeat(indent)),
        Style::Plain.value(&piece.term),
        Style::Dim.part(" hit "),
        Style::Warn.value(format!("«{}»", piece.text)),
        Style::Dim.part(&format!(" in the {field}, bytes {} to {}", piece.start, piece.end)),
    ];
    if !piece.path.is_empty() {
        line.extend([Style::Dim.part(": "), Style::Good.value(&piece.path)]);
    }
    line
}
