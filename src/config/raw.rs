//! TOML values taken one by one, each with its place: a wrong type or an unknown key is reported where it stands.
//! Knows nothing of feeds or rules.

use super::{
    duration,
    nearest::did_you_mean,
    report::{Problems, Spot},
};
use std::{ops::RangeInclusive, time::Duration};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// A value with the place it was written at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct At<T> {
    pub value: T,
    pub at: Spot,
}

/// A TOML value of any type with its place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node<'d> {
    pub value: &'d DeValue<'d>,
    pub at: Spot,
    /// What it is the value of, where that is known.
    key: Option<&'static str>,
}

/// One table, read key by key. [`Reader::finish`] reports the keys that nobody asked for.
#[derive(Debug)]
pub(super) struct Reader<'d> {
    /// What the table is, for messages: "feed", "rule `idlib`".
    pub what: String,
    /// Its header.
    pub at: Spot,
    table: &'d DeTable<'d>,
    asked: Vec<&'static str>,
}

/// The syntax errors shown of one file; what a binary file gives is cut here.
const MOST_SYNTAX_ERRORS: usize = 20;

/// Parses one file. Syntax errors are reported, one a line, and what could be read all the same is given back.
pub(super) fn parse<'s>(text: &'s str, file: usize, p: &mut Problems) -> DeTable<'s> {
    let (table, errors) = DeTable::parse_recoverable(text);
    let place = |e: &toml::de::Error| e.span().unwrap_or(text.len()..text.len());
    // A list that is never closed swallows every later line: only its own first error says anything.
    let unclosed = errors.iter().any(|e| e.message().starts_with("unclosed array"));
    let mut errors: Vec<_> = errors.iter().map(|e| (place(e), e.message())).collect();
    errors.sort_by_key(|(span, _)| span.start);
    errors.dedup_by_key(|(span, _)| text.as_bytes()[..span.start.min(text.len())].iter().filter(|b| **b == b'\n').count());
    for (shown, (span, message)) in errors.into_iter().enumerate() {
        let at = Spot { file, start: span.start, end: span.end };
        if shown == MOST_SYNTAX_ERRORS {
            p.syntax(at, "more syntax errors from here on are not shown", Some("is this a config at all? mend those above first".into()));
            break;
        }
        let comma = message.starts_with("missing comma between array");
        p.syntax(at, message, Some(syntax_hint(message).into()));
        if comma && unclosed {
            p.swallowed_from(at);
            break;
        }
    }
    table.into_inner()
}

/// What to do about a syntax error, by what the parser says of it.
fn syntax_hint(message: &str) -> &'static str {
    /// The first that stands in a message decides.
    const HINTS: [(&str, &str); 14] = [
        ("missing comma between array", "is the list before this closed with `]`?"),
        ("unclosed array table", "close the header with two brackets, as in `[[rule]]`"),
        ("unclosed table", "close the header with a bracket, as in `[poll]`"),
        ("unclosed array", "close the list with `]`"),
        ("unclosed inline table", "close it with `}` on the same line"),
        ("must be quoted", "text stands in plain quotes, as in name = \"truce\""),
        ("boolean", "text stands in plain quotes, as in name = \"truce\"; true and false stand without"),
        ("escape", "in \"…\" a backslash has a meaning: write '…' where it is only a letter"),
        ("duplicate", "a key and a `[table]` stand once: put both into one"),
        ("date", "a day is written 2026-12-20, a moment 2026-12-20T18:00:00+03:00"),
        ("time", "a day is written 2026-12-20, a moment 2026-12-20T18:00:00+03:00"),
        ("string", "close the text with the quote that it began with, on the same line"),
        ("unexpected key or value", "one `key = value` a line; text stands in quotes"),
        ("zero", "numbers are written without zeros before them"),
    ];
    let known = HINTS.iter().find(|(part, _)| message.contains(part));
    known.map_or("a line is `key = value`, a header such as `[[rule]]`, or a comment behind `#`", |(_, hint)| hint)
}

/// How a key that must be there may be written.
fn example(key: &str) -> String {
    let value = match key {
        "name" => "truce",
        "url" => "https://example.org/…",
        "when" => "truce AND Idlib",
        _ => "…",
    };
    format!("{key} = \"{value}\"")
}

impl<'d> Node<'d> {
    /// A number, whole or not, that is finite.
    pub fn number(self, p: &mut Problems) -> Option<At<f64>> {
        let written = match (self.value.as_integer(), self.value.as_float()) {
            (Some(whole), _) => i64::from_str_radix(whole.as_str(), whole.radix()).ok().map(|n| n as f64),
            (None, Some(float)) => float.as_str().replace('_', "").parse().ok(),
            (None, None) => None,
        };
        let found = written.filter(|n: &f64| n.is_finite());
        if found.is_none() {
            self.wrong_type("a number", p);
        }
        found.map(|value| At { value, at: self.at })
    }

    fn new(file: usize, value: &'d Spanned<DeValue<'d>>) -> Self {
        let span = value.span();
        Self { value: value.get_ref(), at: Spot { file, start: span.start, end: span.end }, key: None }
    }

    fn wrong_type(self, wanted: &str, p: &mut Problems) {
        let (article, found) = match self.value.type_str() {
            t @ ("integer" | "array") => ("an", t),
            t => ("a", t),
        };
        p.error(self.at, format!("expected {wanted}, found {article} {found}"), self.as_wanted(wanted));
    }

    /// How to write what stands here so that it is what is wanted, where that is plain.
    fn as_wanted(self, wanted: &str) -> Option<String> {
        let written = match (self.value, wanted) {
            (DeValue::String(text), _) if wanted.starts_with("a list") && !text.contains(char::is_control) => {
                format!("[{}]", toml::Value::String(text.to_string()))
            }
            (DeValue::String(text), "a number" | "a whole number") if text.parse::<f64>().is_ok() => text.to_string(),
            (DeValue::String(text), "true or false") if text.parse::<bool>().is_ok() => text.to_string(),
            (DeValue::Integer(number), _) if wanted.starts_with("a string") => format!("\"{number}\""),
            (DeValue::Float(number), _) if wanted.starts_with("a string") => format!("\"{number}\""),
            (DeValue::Boolean(flag), _) if wanted.starts_with("a string") => format!("\"{flag}\""),
            _ => return None,
        };
        Some(self.key.map_or_else(|| format!("write {written}"), |key| format!("write {key} = {written}")))
    }

    /// A string, trimmed of nothing.
    pub fn text(self, wanted: &str, p: &mut Problems) -> Option<At<String>> {
        let found = self.value.as_str().map(|s| At { value: s.to_owned(), at: self.at });
        if found.is_none() {
            self.wrong_type(wanted, p);
        }
        found
    }

    /// A list of at least one element.
    pub fn list(self, wanted: &str, p: &mut Problems) -> Vec<Node<'d>> {
        match self.value {
            DeValue::Array(items) if items.is_empty() => {
                p.error(self.at, "an empty list", Some("write at least one element, or leave the key out".into()));
                Vec::new()
            }
            DeValue::Array(items) => items.iter().map(|v| Node::new(self.at.file, v)).collect(),
            _ => {
                self.wrong_type(wanted, p);
                Vec::new()
            }
        }
    }

    /// A list of strings, none of them blank.
    pub fn texts(self, p: &mut Problems) -> Vec<At<String>> {
        let items: Vec<_> = self.list("a list of strings", p).into_iter().filter_map(|n| n.text("a string", p)).collect();
        for item in items.iter().filter(|t| t.value.trim().is_empty()) {
            p.error(item.at, "an empty string", Some("write something between the quotes, or take it out".into()));
        }
        items.into_iter().filter(|t| !t.value.trim().is_empty()).collect()
    }

    /// A table, to be read as `what`.
    pub fn table(self, what: impl Into<String>, p: &mut Problems) -> Option<Reader<'d>> {
        match self.value {
            DeValue::Table(table) => Some(Reader { what: what.into(), at: self.at, table, asked: Vec::new() }),
            _ => {
                self.wrong_type("a table", p);
                None
            }
        }
    }
}

impl<'d> Reader<'d> {
    /// The top level of a file.
    pub fn root(table: &'d DeTable<'d>, file: usize, what: &str) -> Self {
        Self { what: what.into(), at: Spot { file, ..Spot::default() }, table, asked: Vec::new() }
    }

    /// Whether the table has no key at all.
    pub fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    /// The place of the key itself.
    pub fn key_at(&self, key: &str) -> Option<Spot> {
        self.table.get_key_value(key).map(|(k, _)| self.spot(k.span()))
    }

    fn spot(&self, span: std::ops::Range<usize>) -> Spot {
        Spot { file: self.at.file, start: span.start, end: span.end }
    }

    /// The value of `key`, of any type; from now on the key is known.
    pub fn node(&mut self, key: &'static str) -> Option<Node<'d>> {
        self.asked.push(key);
        self.table.get(key).map(|v| Node { key: Some(key), ..Node::new(self.at.file, v) })
    }

    /// A string.
    pub fn text(&mut self, key: &'static str, p: &mut Problems) -> Option<At<String>> {
        self.node(key)?.text("a string", p)
    }

    /// A string that must be there and not be blank.
    pub fn required(&mut self, key: &'static str, p: &mut Problems) -> Option<At<String>> {
        let Some(node) = self.node(key) else {
            p.missing(self.at, format!("{} has no `{key}`", self.what), Some(format!("add {}", example(key))));
            return None;
        };
        let text = node.text("a string", p)?;
        if text.value.trim().is_empty() {
            p.error(text.at, format!("`{key}` is empty"), Some(format!("such as {}", example(key))));
            return None;
        }
        Some(text)
    }

    /// A list of strings; empty when the key is not there.
    pub fn texts(&mut self, key: &'static str, p: &mut Problems) -> Vec<At<String>> {
        self.node(key).map(|n| n.texts(p)).unwrap_or_default()
    }

    /// `true` or `false`.
    pub fn flag(&mut self, key: &'static str, p: &mut Problems) -> Option<bool> {
        let node = self.node(key)?;
        if node.value.as_bool().is_none() {
            node.wrong_type("true or false", p);
        }
        node.value.as_bool()
    }

    /// A whole number within `range`.
    pub fn whole(&mut self, key: &'static str, range: RangeInclusive<u64>, p: &mut Problems) -> Option<u64> {
        let node = self.node(key)?;
        let Some(found) = node.value.as_integer() else {
            node.wrong_type("a whole number", p);
            return None;
        };
        let number = i128::from_str_radix(found.as_str(), found.radix()).ok().and_then(|n| u64::try_from(n).ok());
        let number = number.filter(|n| range.contains(n));
        if number.is_none() {
            p.error(node.at, format!("`{key}` must be from {} to {}", range.start(), range.end()), None);
        }
        number
    }

    /// A number, whole or not, that is finite.
    pub fn number(&mut self, key: &'static str, p: &mut Problems) -> Option<At<f64>> {
        self.node(key)?.number(p)
    }

    /// A duration such as `"15m"`, within `range`.
    pub fn duration(&mut self, key: &'static str, range: RangeInclusive<Duration>, p: &mut Problems) -> Option<Duration> {
        let node = self.node(key)?;
        if let Some(number) = node.value.as_integer() {
            p.error(
                node.at,
                format!("`{key}` has no unit"),
                Some(format!("write it as a string with a unit, such as \"{number}s\" or \"15m\"")),
            );
            return None;
        }
        let text = node.text("a duration such as \"15m\"", p)?;
        duration::check(key, &text, range, p)
    }

    /// The table at `key`.
    pub fn table(&mut self, key: &'static str, p: &mut Problems) -> Option<Reader<'d>> {
        let what = format!("`[{key}]`");
        self.node(key)?.table(what, p)
    }

    /// The tables of `[[key]]`.
    pub fn tables(&mut self, key: &'static str, p: &mut Problems) -> Vec<Reader<'d>> {
        let Some(node) = self.node(key) else { return Vec::new() };
        match node.value {
            DeValue::Array(items) => items.iter().filter_map(|v| Node::new(node.at.file, v).table(key, p)).collect(),
            DeValue::Table(_) => {
                p.error(node.at, format!("`{key}` is a single table"), Some(format!("write `[[{key}]]`, with two brackets, for each one")));
                Vec::new()
            }
            _ => {
                node.wrong_type("tables", p);
                Vec::new()
            }
        }
    }

    /// Refuses `key`, which stands in the wrong place.
    pub fn misplaced(&mut self, key: &'static str, message: &str, p: &mut Problems) {
        self.asked.push(key);
        if let Some(at) = self.key_at(key) {
            p.error(at, message, None);
        }
    }

    /// Refuses `key`, whose value is a secret: it is not shown. The key is not named among those that are known.
    pub fn secret(&mut self, key: &'static str, message: &str, hint: &str, p: &mut Problems) {
        if let Some((at, value)) = self.table.get_key_value(key).map(|(key, value)| (self.spot(key.span()), self.spot(value.span()))) {
            self.asked.push(key);
            // A table stands where its header does, or the key itself.
            let value = Spot { start: value.start.max(at.end), end: value.end.max(at.end), ..value };
            p.secret(at, value, message, hint);
        }
    }

    /// All keys with their values, in the order written.
    pub fn entries(&self) -> Vec<(At<String>, Node<'d>)> {
        let mut all: Vec<_> = self
            .table
            .iter()
            .map(|(k, v)| (At { value: k.get_ref().to_string(), at: self.spot(k.span()) }, Node::new(self.at.file, v)))
            .collect();
        all.sort_by_key(|(key, _)| key.at);
        all
    }

    /// Reports every key that was never asked for.
    pub fn finish(self, p: &mut Problems) {
        if self.table.keys().all(|key| self.asked.contains(&key.get_ref().as_ref())) {
            return;
        }
        for (key, _) in self.entries() {
            if !self.asked.contains(&key.value.as_str()) {
                let hint = did_you_mean(&key.value, self.asked.iter().copied());
                let hint = hint.or_else(|| Some(format!("known here: {}", self.asked.join(", "))));
                let message = format!("unknown key `{}` in {}", key.value, self.what);
                // Behind a broken header, keys land on the top level.
                if self.at.end == 0 { p.missing(key.at, message, hint) } else { p.error(key.at, message, hint) }
            }
        }
    }
}
