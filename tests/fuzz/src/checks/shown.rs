//! What a person sees on a terminal, in the log and in a spreadsheet: one line stays one, nothing but our own escapes moves a
//! cursor, no cell is a formula, and no word is lost.

use super::{plan::Plan, sink};
use marsad::{
    cli::{
        export::{cell, record},
        log::Journal,
        output::{Style, paint, safe, table::Table},
    },
    engine::alert::json::json,
    sink::{Message, Sink, journal},
};
use std::{
    io::{self, Write},
    sync::{Arc, Mutex, OnceLock},
    task::{Context, Waker},
};
use tracing_subscriber::fmt::MakeWriter;

const STYLES: [Style; 7] = [Style::Plain, Style::Dim, Style::Bold, Style::Good, Style::Warn, Style::Bad, Style::Mark];

/// Bytes as texts to be shown; the first says where.
pub fn check(data: &[u8]) {
    let mut plan = Plan(data);
    match plan.below(5) {
        0 => on_a_terminal(&mut plan),
        1 => in_a_table(&mut plan),
        2 => in_a_spreadsheet(&mut plan),
        3 => as_a_line_of_json(&mut plan),
        _ => in_the_log(&mut plan),
    }
}

/// Moves a cursor, turns the text round, or ends a line.
fn moves(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}' | '\u{2067}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// The words of a text without what is never shown.
fn harmless(text: &str) -> String {
    let kept = |c: &char| c.is_whitespace() || !moves(*c) && !matches!(c, '\u{2066}'..='\u{206f}');
    text.chars().filter(kept).collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Every isolate that is opened is closed, and none within another.
fn isolates_are_closed(text: &str) {
    let mut open = 0_i32;
    for c in text.chars() {
        open += i32::from(c == '\u{2068}') - i32::from(c == '\u{2069}');
        assert!((0..=1).contains(&open), "{text:?}");
    }
    assert_eq!(open, 0, "{text:?}");
}

fn on_a_terminal(plan: &mut Plan<'_>) {
    let (mut spans, mut words) = (Vec::new(), String::new());
    for _ in 0..1 + plan.below(4) {
        let (style, is_part, text) = (STYLES[plan.below(STYLES.len())], plan.byte() & 1 == 1, plan.text());
        spans.push(if is_part { style.part(&text) } else { style.value(&text) });
        words += &safe::line(&text);
    }
    let (plain, coloured) = (paint(&spans, false), paint(&spans, true));
    assert!(!plain.contains(moves), "{plain:?}");
    isolates_are_closed(&plain);
    assert_eq!(plain.replace(['\u{2068}', '\u{2069}'], ""), words);
    // With colour there is SGR besides, each opened and then reset.
    let mut pieces = coloured.split("\u{1b}[");
    let mut without = pieces.next().unwrap_or("").to_owned();
    for (at, piece) in pieces.enumerate() {
        let (code, text) = piece.split_once('m').unwrap_or_else(|| panic!("{coloured:?}"));
        assert!(if at % 2 == 0 { ["2", "1", "32", "33", "31", "1;30;43"].contains(&code) } else { code == "0" }, "{coloured:?}");
        without += text;
    }
    assert!(coloured.matches('\u{1b}').count() % 2 == 0 && without == plain, "{coloured:?} is not {plain:?}");
}

fn in_a_table(plan: &mut Plan<'_>) {
    let (width, rows) = (plan.byte(), 1 + plan.below(3));
    let mut table = Table::new(&[">id", "title", "feed"]);
    for id in 0..rows {
        table.row(vec![Style::Plain.part(&id.to_string()), Style::Bold.value(plan.text()), Style::Plain.value(plan.text())]);
    }
    let lines = table.rows((width > 0).then_some(usize::from(width)));
    assert_eq!(lines.len(), rows + 1);
    for line in &lines {
        let line = paint(line, false);
        assert!(!line.contains(moves), "{line:?}");
        isolates_are_closed(&line);
    }
}

fn in_a_spreadsheet(plan: &mut Plan<'_>) {
    let texts: Vec<String> = (0..2 + plan.below(4)).map(|_| plan.text()).collect();
    let mut cells: Vec<String> = texts.iter().map(|text| cell(&text.as_str().into())).collect();
    cells.push(cell(&texts.clone().into()));
    for (cell, text) in cells.iter().zip(&texts) {
        let shown = safe::block(text);
        assert!(*cell == shown || *cell == format!("'{shown}"), "{cell:?} of {text:?}");
    }
    for cell in &cells {
        // What is blank to a spreadsheet before a sign may be taken away.
        assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']), "{cell:?} is a formula");
        assert!(!cell.contains(|c| moves(c) && !matches!(c, '\n' | '\t')), "{cell:?}");
    }
    let line = record(&cells).unwrap_or_else(|_| panic!("{cells:?}"));
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(line.as_slice());
    let read: Vec<Vec<String>> = reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
    assert_eq!(read, [cells]);
}

fn as_a_line_of_json(plan: &mut Plan<'_>) {
    let alert = json(&sink::alert(1, plan), "new");
    let line = safe::json(&alert.to_string());
    assert!(!line.contains(moves) && !line.contains(['\u{2068}', '\u{2069}']), "{line:?}");
    assert_eq!(serde_json::from_str::<serde_json::Value>(&line).unwrap_or_else(|error| panic!("{error}: {line}")), alert);
}

/// What was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Log;

    fn make_writer(&self) -> Log {
        self.clone()
    }
}

/// The journal's lines, made by the same parts as those of a service.
fn in_the_log(plan: &mut Plan<'_>) {
    static LOG: OnceLock<(Log, tracing::Dispatch)> = OnceLock::new();
    let (log, dispatch) = LOG.get_or_init(|| {
        let log = Log::default();
        (log.clone(), tracing_subscriber::fmt().with_ansi(false).with_writer(log).event_format(Journal::default()).into())
    });
    let message = Message { key: "a-1".into(), ..sink::message(plan) };
    log.0.lock().unwrap().clear();
    tracing::dispatcher::with_default(dispatch, || {
        let mut sending = journal::Journal.send(&message);
        assert!(sending.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready());
    });
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap_or_else(|error| panic!("{error}"));
    let lines: Vec<&str> = text.split_terminator('\n').collect();
    assert_eq!(lines.len(), message.alerts.len(), "{text:?}");
    for (line, alert) in lines.iter().zip(&message.alerts) {
        assert!(line.starts_with("<6>alert rule=") && !line.contains(moves), "{line:?}");
        // A short title stands there whole, but for what is never shown.
        let title = harmless(&alert.title);
        assert!(!alert.title.is_ascii() || title.len() > 150 || line.contains(&title), "{line:?} of {title:?}");
    }
}
