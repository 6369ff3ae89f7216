//! Tables for people: columns aligned by display width, the longest ones cut until a row fits the terminal.

use super::{Span, Style};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Columns between two cells.
const GAP: usize = 2;

/// The least that a column is cut to.
const NARROW: usize = 8;

/// Rows under headings.
#[derive(Debug, Default)]
pub struct Table {
    headings: Vec<&'static str>,
    right: Vec<bool>,
    rows: Vec<Vec<Span>>,
}

impl Table {
    /// A table with these headings; one that begins with `>` is aligned to the right.
    pub fn new(headings: &[&'static str]) -> Table {
        let right = headings.iter().map(|heading| heading.starts_with('>')).collect();
        Table { headings: headings.iter().map(|heading| heading.trim_start_matches('>')).collect(), right, rows: Vec::new() }
    }

    /// Adds a row of as many cells as there are headings.
    pub fn row(&mut self, cells: Vec<Span>) {
        self.rows.push(cells);
    }

    /// Whether it has no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The lines, headings first, each at most `width` columns where there is a width; none for an empty table.
    pub fn rows(&self, width: Option<usize>) -> Vec<Vec<Span>> {
        if self.rows.is_empty() {
            return Vec::new();
        }
        let heading = self.headings.iter().map(|heading| Style::Dim.part(&heading.to_uppercase())).collect();
        let lines: Vec<&Vec<Span>> = std::iter::once(&heading).chain(&self.rows).collect();
        let widths = self.widths(&lines, width);
        lines.iter().map(|cells| self.arrange(cells, &widths)).collect()
    }

    /// What each column may take: its widest cell, the widest columns cut first.
    fn widths(&self, lines: &[&Vec<Span>], width: Option<usize>) -> Vec<usize> {
        let widest = |column: usize| lines.iter().filter_map(|cells| cells.get(column)).map(|cell| cell.text.width()).max();
        let mut widths: Vec<usize> = (0..self.headings.len()).map(|column| widest(column).unwrap_or(0)).collect();
        let Some(width) = width else { return widths };
        let room = width.saturating_sub(GAP * widths.len().saturating_sub(1));
        while widths.iter().sum::<usize>() > room {
            let Some(longest) = widths.iter_mut().max().filter(|longest| **longest > NARROW) else { break };
            *longest -= 1;
        }
        widths
    }

    fn arrange(&self, cells: &[Span], widths: &[usize]) -> Vec<Span> {
        let mut line = Vec::with_capacity(cells.len() * 2);
        for (column, cell) in cells.iter().enumerate() {
            let room = widths.get(column).copied().unwrap_or(0);
            let text = cut(&cell.text, room);
            let last = column + 1 == cells.len();
            let pad = " ".repeat(room.saturating_sub(text.width()));
            let (before, after) = if self.right.get(column) == Some(&true) { (pad, String::new()) } else { (String::new(), pad) };
            line.push(Span { text: before, style: Style::Plain });
            line.push(Span { text, style: cell.style });
            if !last {
                line.push(Span { text: format!("{after}{}", " ".repeat(GAP)), style: Style::Plain });
            }
        }
        line
    }
}

/// At most `width` columns of `text`, cut at a grapheme with `…`; an isolate that was opened is closed.
pub fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let (mut kept, mut used) = (String::new(), 0);
    for grapheme in text.graphemes(true) {
        let columns = grapheme.width();
        if used + columns + 1 > width {
            break;
        }
        used += columns;
        kept.push_str(grapheme);
    }
    kept.push('…');
    if text.starts_with('\u{2068}') {
        kept.push('\u{2069}');
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(table: &Table, width: Option<usize>) -> Vec<String> {
        table.rows(width).iter().map(|row| super::super::paint(row, false).trim_end().to_owned()).collect()
    }

    fn table() -> Table {
        let mut table = Table::new(&[">id", "title", "feed"]);
        table.row(vec![Style::Plain.part("7"), Style::Plain.value("停火协议在阿勒颇生效"), Style::Plain.part("a")]);
        table.row(vec![Style::Plain.part("12"), Style::Plain.value("Short"), Style::Plain.part("bb")]);
        table
    }

    #[test]
    fn columns_are_aligned_by_display_width() {
        assert_eq!(
            shown(&table(), None),
            ["ID  TITLE                 FEED", " 7  停火协议在阿勒颇生效  a", "12  Short                 bb"]
        );
    }

    #[test]
    fn the_widest_column_is_cut_until_the_row_fits() {
        let lines = shown(&table(), Some(24));
        // A sign of two columns does not fit into the one that is left.
        assert_eq!(lines[1], " 7  停火协议在阿…   a");
        assert!(lines.iter().all(|line| line.width() <= 24), "{lines:?}");
    }

    #[test]
    fn a_cut_never_parts_a_grapheme_and_closes_its_isolate() {
        assert_eq!(cut("e\u{301}e\u{301}e\u{301}", 2), "e\u{301}…");
        let isolated = super::super::safe::isolate("إدلب إدلب".into());
        assert_eq!(cut(&isolated, 5), "\u{2068}إدلب…\u{2069}");
    }

    #[test]
    fn an_empty_table_prints_nothing() {
        assert!(Table::new(&["a"]).rows(Some(80)).is_empty());
    }
}
