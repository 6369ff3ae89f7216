//! Problems of a config, each with its place in the file. Collects and renders; never decides what is a problem.

use super::{files::Source, userinfo};
use std::{borrow::Cow, fmt, ops::Range, path::PathBuf};
use unicode_width::UnicodeWidthChar;

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The config is refused.
    Error,
    /// The config is taken.
    Warning,
}

/// One thing wrong with a config. `Display` renders it without colour, over several lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Whether the config is refused for it.
    pub severity: Level,
    /// The file as it was named to [`load`](super::load).
    pub file: String,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// Lower-case fragment: what is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// The place itself.
    pub snippet: Snippet,
}

/// A line of a config file, with the part that is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snippet {
    /// The line up to the first secret in it, cut to a window where it is long, and not shown where it is empty; tabs and control
    /// characters are blanks.
    pub text: String,
    /// Terminal columns before the part that is meant.
    pub pad: usize,
    /// Terminal columns of the part that is meant, at least 1.
    pub width: usize,
}

/// Everything wrong with a config, ordered by file and position. Holds at least one error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Errors and warnings.
    pub problems: Vec<Problem>,
}

impl std::error::Error for Report {}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, problem) in self.problems.iter().enumerate() {
            if i > 0 {
                writeln!(f)?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
        })
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}:{}:{}: {}: {}", self.file, self.line, self.column, self.severity, self.message)?;
        if !self.snippet.text.is_empty() {
            let number = self.line.to_string();
            writeln!(f, " {number} | {}", self.snippet.text)?;
            writeln!(f, " {:gutter$} | {:pad$}{}", "", "", "^".repeat(self.snippet.width), gutter = number.len(), pad = self.snippet.pad)?;
        }
        self.hint.iter().try_for_each(|hint| writeln!(f, "hint: {hint}"))
    }
}

/// A stretch of one of the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Spot {
    /// Position in the list of sources.
    pub file: usize,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// What a problem rests on; decides whether it can be believed beside a syntax error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ground {
    Syntax,
    /// Something that is there.
    Presence,
    /// Something that is not there: a broken line may have held it.
    Absence,
}

/// A file of secrets that a config names. It is not opened while the config is read: it may be changed at any time.
#[derive(Debug)]
pub(super) struct SecretFile {
    /// Where it is named.
    pub at: Spot,
    /// Whose it is: "sink `ops`", "feed `wire`".
    pub of: String,
    pub path: PathBuf,
}

/// Collects problems while a config is checked.
#[derive(Debug, Default)]
pub(super) struct Problems {
    /// Files that can only be looked at where the config is to be used.
    pub secret_files: Vec<SecretFile>,
    /// Where secrets stand: whatever is wrong on such a line, it is shown up to there.
    pub secrets: Vec<Spot>,
    found: Vec<(Spot, Ground, Level, String, Option<String>)>,
    swallowed: Vec<Spot>,
    /// Of the problem of this index: the string that it is about, and the bytes of it that are meant.
    inside: Vec<(usize, String, Range<usize>)>,
}

impl Problems {
    /// None yet, of files in which secrets stand in these places.
    pub fn beside(secrets: &[Spot]) -> Self {
        Self { secrets: secrets.to_vec(), ..Self::default() }
    }

    /// The document is not TOML here.
    pub fn syntax(&mut self, at: Spot, message: impl Into<String>, hint: Option<String>) {
        self.found.push((at, Ground::Syntax, Level::Error, message.into(), hint));
    }

    /// Nothing behind `at` in its file was read as what it is.
    pub fn swallowed_from(&mut self, at: Spot) {
        self.swallowed.push(at);
    }

    /// Something written is wrong in itself.
    pub fn error(&mut self, at: Spot, message: impl Into<String>, hint: Option<String>) {
        self.found.push((at, Ground::Presence, Level::Error, message.into(), hint));
    }

    /// Something is missing, or names something that is.
    pub fn missing(&mut self, at: Spot, message: impl Into<String>, hint: Option<String>) {
        self.found.push((at, Ground::Absence, Level::Error, message.into(), hint));
    }

    /// Something is odd, but works.
    pub fn warning(&mut self, at: Spot, message: impl Into<String>, hint: Option<String>) {
        self.found.push((at, Ground::Presence, Level::Warning, message.into(), hint));
    }

    /// Something written is a secret: it is told at `at`, and `value` is not repeated.
    pub fn secret(&mut self, at: Spot, value: Spot, message: impl Into<String>, hint: &str) {
        self.secrets.push(value);
        self.error(at, message, Some(hint.into()));
    }

    /// The problem last added is about these bytes of the string `text` at its place.
    pub fn within(&mut self, text: &str, span: Range<usize>) {
        if !span.is_empty() && !self.found.is_empty() {
            self.inside.push((self.found.len() - 1, text.to_owned(), span));
        }
    }

    /// Narrows places down to the parts of strings that are meant, where the file has the string letter by letter.
    fn narrow(&mut self, sources: &[Source]) {
        for (index, text, span) in std::mem::take(&mut self.inside) {
            let Some((at, ..)) = self.found.get_mut(index) else { continue };
            let written = text_of(sources, *at).get(at.start..at.end).unwrap_or("");
            if let Some(offset) = written.find(&text) {
                (at.start, at.end) = (at.start + offset + span.start, at.start + offset + span.end);
            }
        }
    }

    /// Whether there is any error so far.
    pub fn has_errors(&self) -> bool {
        self.found.iter().any(|(_, _, level, ..)| *level == Level::Error)
    }

    /// Whether an error stands within `at` already.
    pub fn has_error_in(&self, at: Spot) -> bool {
        self.found.iter().any(|(s, _, level, ..)| *level == Level::Error && s.file == at.file && s.start >= at.start && s.end <= at.end)
    }

    /// Everything collected, in order. After a syntax error, what that error may have caused is left out: problems on its
    /// line, and things that are missing.
    pub fn into_problems(mut self, sources: &[Source]) -> Vec<Problem> {
        self.narrow(sources);
        let broken: Vec<(usize, usize)> =
            self.found.iter().filter(|f| f.1 == Ground::Syntax).map(|f| (f.0.file, line_start(sources, f.0))).collect();
        let mut found: Vec<_> = self
            .found
            .into_iter()
            .filter(|(at, ground, ..)| match ground {
                Ground::Syntax => true,
                Ground::Presence if self.swallowed.iter().any(|s| s.file == at.file && s.start <= at.start) => false,
                Ground::Presence => !broken.contains(&(at.file, line_start(sources, *at))),
                Ground::Absence => broken.is_empty(),
            })
            .collect();
        found.sort_by_key(|(at, _, level, ..)| (*at, *level));
        found.dedup_by(|a, b| a.0 == b.0 && a.3 == b.3);
        let secrets = self.secrets;
        let shown = |(at, _, severity, message, hint)| locate(sources, at, &secrets, severity, message, hint);
        found.into_iter().map(shown).collect()
    }
}

fn text_of(sources: &[Source], at: Spot) -> &str {
    sources.get(at.file).map_or("", |s| s.text.as_str())
}

/// The nearest character boundary at or before `at`.
fn floor(text: &str, at: usize) -> usize {
    let at = at.min(text.len());
    (0..=at).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0)
}

fn line_start(sources: &[Source], at: Spot) -> usize {
    let text = text_of(sources, at);
    text[..floor(text, at.start)].rfind('\n').map_or(0, |i| i + 1)
}

fn locate(sources: &[Source], at: Spot, secrets: &[Spot], severity: Level, message: String, hint: Option<String>) -> Problem {
    let text = text_of(sources, at);
    let (begin, start) = (line_start(sources, at), floor(text, at.start));
    let line = text[begin..].split('\n').next().unwrap_or("").trim_end_matches('\r');
    let line = concealed(line, begin, secrets.iter().filter(|secret| secret.file == at.file));
    let before = text[begin..start].chars().count();
    let marked = text[start..floor(text, at.end).max(start)].split('\n').next().unwrap_or("").chars().count();
    // It may repeat what was written, and goes into alerts.
    let message = match userinfo::on_line(&message) {
        Some(secret) => format!("{}…", &message[..secret]),
        None => message,
    };
    Problem {
        severity,
        file: sources.get(at.file).map_or_else(String::new, |s| s.name.clone()),
        line: text[..begin].matches('\n').count() + 1,
        column: before + 1,
        message,
        // It may repeat what was written, and stays one line. Half a hint is none.
        hint: hint.filter(|hint| userinfo::on_line(hint).is_none()).map(|hint| hint.replace(char::is_control, " ")),
        snippet: snippet(&line, before, marked),
    }
}

/// Keys that hold secrets where programs let them. None of ours does; a value behind one is not repeated, whatever is
/// wrong with it.
pub(super) const SECRETS: [&str; 6] = ["token", "password", "secret", "api_key", "access_token", "bot_token"];

/// `line`, which begins at the byte `begin` of its file, up to the first of `secrets` that reaches into it.
fn concealed<'l, 's>(line: &'l str, begin: usize, secrets: impl Iterator<Item = &'s Spot>) -> Cow<'l, str> {
    let reaching = secrets.filter(|secret| secret.start <= begin + line.len() && begin <= secret.end);
    let first = reaching.map(|secret| secret.start.saturating_sub(begin)).chain(keyed(line)).chain(userinfo::on_line(line)).min();
    first.map_or(Cow::Borrowed(line), |first| Cow::Owned(format!("{}…", &line[..floor(line, first)])))
}

/// Where the value behind a key of [`SECRETS`] begins, wherever on the line the key stands. By the letters alone: what is no TOML, or
/// stands in a table of no known kind, was never read.
fn keyed(line: &str) -> Option<usize> {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '-';
    let is_behind_key = |(at, _): &(usize, &str)| {
        let before = line[..*at].trim_end().trim_end_matches(['"', '\'']);
        SECRETS.iter().any(|key| before.strip_suffix(*key).is_some_and(|rest| !rest.ends_with(is_part)))
    };
    let (at, _) = line.match_indices('=').find(is_behind_key)?;
    Some(line.len() - line[at + 1..].trim_start().len())
}

/// Most characters of a line that are shown, and how many of them stand before the place that is meant.
const WINDOW: usize = 120;
const LEAD: usize = 40;

fn snippet(line: &str, before: usize, marked: usize) -> Snippet {
    let chars: Vec<char> = line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    // What is meant may stand behind a secret, and is not shown then.
    let before = before.min(chars.len());
    let from = if chars.len() > WINDOW { before.saturating_sub(LEAD) } else { 0 };
    let to = chars.len().min(from + WINDOW);
    let (cut_front, cut_back) = (from > 0, to < chars.len());
    let columns = |part: &[char]| part.iter().map(|c| c.width().unwrap_or(0)).sum::<usize>();
    let middle = before.clamp(from, to);
    let end = (before + marked).clamp(middle, to);
    Snippet {
        text: format!(
            "{}{}{}",
            if cut_front { "…" } else { "" },
            chars[from..to].iter().collect::<String>(),
            if cut_back { "…" } else { "" }
        ),
        pad: columns(&chars[from..middle]) + usize::from(cut_front),
        width: columns(&chars[middle..end]).max(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str, start: usize, end: usize) -> String {
        let sources = [Source { name: "a.toml".into(), text: text.into() }];
        let mut p = Problems::default();
        p.error(Spot { file: 0, start, end }, "wrong", Some("right".into()));
        Report { problems: p.into_problems(&sources) }.to_string()
    }

    #[test]
    fn a_problem_shows_its_line_with_a_caret_under_the_part_that_is_meant() {
        assert_eq!(one("x = 1\nkey = 'abc'\n", 12, 17), "a.toml:2:7: error: wrong\n 2 | key = 'abc'\n   |       ^^^^^\nhint: right\n");
    }

    #[test]
    fn columns_count_characters_and_carets_count_terminal_columns() {
        let text = "日本 = x";
        assert_eq!(one(text, 9, 10), "a.toml:1:6: error: wrong\n 1 | 日本 = x\n   |        ^\nhint: right\n");
    }

    #[test]
    fn places_at_the_end_or_beyond_it_do_not_panic() {
        for at in [0, 1, 2, 3, 50] {
            one("é\n", at, at + 1);
            one("", at, at);
        }
    }

    #[test]
    fn a_long_line_is_cut_to_a_window() {
        let text = format!("{}X{}", "a".repeat(300), "b".repeat(300));
        let shown = one(&text, 300, 301);
        assert!(shown.lines().nth(1).is_some_and(|l| l.chars().count() < 130 && l.contains('X')), "{shown}");
    }

    #[test]
    fn a_line_is_shown_up_to_a_secret_whatever_is_wrong_with_it() {
        let text = "x = { topic = 'a b', t = 's3cret' }\ny = '''s3\ncret''' # z\nq.\"token\" = 's3cret', r = 1\nno_token = 's'\n";
        let sources = [Source { name: "a.toml".into(), text: text.into() }];
        let spot = |part: &str| {
            let start = text.find(part).unwrap();
            Spot { file: 0, start, end: start + part.len() }
        };
        let mut p = Problems::beside(&[spot("'s3cret' }")]);
        ["'a b'", "# z", "r = 1", "no_token"].iter().for_each(|part| p.error(spot(part), "wrong", None));
        p.secret(spot("y"), spot("'''s3\ncret'''"), "a secret", "away with it");
        let shown: Vec<String> = p.into_problems(&sources).into_iter().map(|problem| problem.snippet.text).collect();
        assert_eq!(shown, ["x = { topic = 'a b', t = …", "y = …", "…", "q.\"token\" = …", "no_token = 's'"]);
        // The caret has nothing to stand under, far behind the end of what is shown.
        let long = format!("{}token = '{}', X", " ".repeat(200), "a".repeat(300));
        let at = long.find('X').unwrap();
        assert!(one(&long, at, at + 1).lines().nth(1).is_some_and(|line| line.ends_with(" token = …")));
    }
}
