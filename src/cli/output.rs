//! The only place that prints. Text of feeds passes [`safe`] on its way out, always; what the reader has closed is no fault.

pub mod safe;
pub mod table;
pub mod time;

use super::{error::Error, place::Place};
use serde_json::Value;
use std::io::{self, BufWriter, IsTerminal, Write};

/// How a piece of text is shown on a terminal with colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Style {
    /// As it is.
    #[default]
    Plain,
    /// Less important.
    Dim,
    /// Names and headings.
    Bold,
    /// Well.
    Good,
    /// Odd.
    Warn,
    /// Broken.
    Bad,
    /// A hit in an article.
    Mark,
}

impl Style {
    /// The SGR parameters; empty for none.
    fn code(self) -> &'static str {
        match self {
            Style::Plain => "",
            Style::Dim => "2",
            Style::Bold => "1",
            Style::Good => "32",
            Style::Warn => "33",
            Style::Bad => "31",
            Style::Mark => "1;30;43",
        }
    }

    /// A piece of a running line, such as a part of an article: no isolates, they would part what belongs together.
    pub fn part(self, text: &str) -> Span {
        Span { text: safe::line(text), style: self }
    }

    /// A value that stands beside others, such as a title: isolated where it is right-to-left.
    pub fn value(self, text: impl AsRef<str>) -> Span {
        Span { text: safe::isolate(safe::line(text.as_ref())), style: self }
    }
}

/// A piece of one line, safe to print.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Span {
    text: String,
    style: Style,
}

/// What is known of where the output goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Whether it is a terminal.
    pub terminal: bool,
    /// Whether to use colour.
    pub colour: bool,
    /// Columns of the terminal; `None` without one: nothing is cut.
    pub width: Option<usize>,
}

/// Standard output.
pub struct Out {
    writer: BufWriter<Box<dyn Write>>,
    /// How it looks.
    pub look: Look,
    /// The moment that relative times count from, Unix milliseconds.
    pub now_ms: i64,
}

impl Out {
    /// The standard output of this process.
    pub fn stdout(place: &Place, now_ms: i64) -> Out {
        let terminal = io::stdout().is_terminal();
        let width = if terminal { columns(io::stdout()) } else { None };
        let look = Look { terminal, colour: terminal && place.colour, width };
        Out { writer: BufWriter::with_capacity(64 * 1024, Box::new(io::stdout())), look, now_ms }
    }

    /// Prints one line of spans.
    ///
    /// # Errors
    /// When the output is closed or full; so for all that print.
    pub fn line(&mut self, spans: &[Span]) -> Result<(), Error> {
        let text = paint(spans, self.look.colour);
        writeln!(self.writer, "{}", text.trim_end()).map_err(Error::Output)
    }

    /// Prints one line of plain text.
    pub fn say(&mut self, text: impl AsRef<str>) -> Result<(), Error> {
        self.line(&[Style::Plain.part(text.as_ref())])
    }

    /// Prints one JSON value on a line of its own.
    pub fn json(&mut self, value: &Value) -> Result<(), Error> {
        writeln!(self.writer, "{}", safe::json(&value.to_string())).map_err(Error::Output)
    }

    /// Prints text that marsad made itself for another program: a completion script, a man page, CSV.
    pub fn raw(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.writer.write_all(bytes).map_err(Error::Output)
    }

    /// Prints a table, cut to the terminal.
    pub fn table(&mut self, table: &table::Table) -> Result<(), Error> {
        for row in table.rows(self.look.width) {
            self.line(&row)?;
        }
        Ok(())
    }

    /// A time relative to now.
    pub fn ago(&self, at_ms: i64) -> String {
        time::relative(at_ms, self.now_ms)
    }

    /// Hands everything printed so far to the reader.
    pub fn flush(&mut self) -> Result<(), Error> {
        self.writer.flush().map_err(Error::Output)
    }
}

/// Prints lines to standard error. An error there has nowhere to go.
pub fn complain(place: &Place, lines: &[Vec<Span>]) {
    let colour = place.colour && io::stderr().is_terminal();
    let text: String = lines.iter().map(|spans| format!("{}\n", paint(spans, colour).trim_end())).collect();
    let _ = io::stderr().write_all(text.as_bytes());
}

/// Says something beside the output, such as which config is followed.
pub fn note(place: &Place, text: &str) {
    complain(place, &[vec![Style::Dim.part("note: "), Style::Plain.value(text)]]);
}

/// A line of progress on standard error, drawn over itself; silent without a terminal.
#[derive(Debug)]
pub struct Progress {
    terminal: bool,
    width: usize,
}

impl Progress {
    /// A line on standard error.
    pub fn stderr() -> Progress {
        let terminal = io::stderr().is_terminal();
        Progress { terminal, width: columns(io::stderr()).unwrap_or(80) }
    }

    /// Shows how far a job is, such as `polled 12 of 300: enab`.
    pub fn show(&self, text: &str) {
        if self.terminal {
            let line = table::cut(&safe::line(text), self.width.saturating_sub(1));
            let _ = write!(io::stderr(), "\r\u{1b}[2K{line}");
        }
    }

    /// Wipes the line.
    pub fn done(&self) {
        if self.terminal {
            let _ = write!(io::stderr(), "\r\u{1b}[2K");
        }
    }
}

/// Spans as one line, with escapes of our own only.
pub fn paint(spans: &[Span], colour: bool) -> String {
    let mut line = String::new();
    for span in spans {
        let code = span.style.code();
        if !colour || code.is_empty() || span.text.is_empty() {
            line.push_str(&span.text);
        } else {
            line.push_str(&format!("\u{1b}[{code}m{}\u{1b}[0m", span.text));
        }
    }
    line
}

/// Columns of the terminal behind a stream; `None` when it does not say.
fn columns(stream: impl std::os::fd::AsFd) -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(stream).ok()?;
    (size.ws_col > 0).then_some(usize::from(size.ws_col))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_escapes_are_printed() {
        let spans = [Style::Bold.part("a\u{1b}[31m"), Style::Plain.value("b\u{9b}2J")];
        assert_eq!(paint(&spans, true), "\u{1b}[1ma[31m\u{1b}[0mb2J");
        assert_eq!(paint(&spans, false), "a[31mb2J");
    }

    #[test]
    fn values_are_isolated_and_parts_are_not() {
        assert_eq!(paint(&[Style::Plain.value("إدلب"), Style::Plain.part("إدلب")], false), "\u{2068}إدلب\u{2069}إدلب");
    }
}
