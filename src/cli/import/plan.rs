//! What an import comes to: which feeds of a list are added, under which names, and why the others are not. Writes nothing.

use crate::{
    cli::{
        error::Error,
        feed::drop_in::{self, NewFeed},
    },
    config::{self, Config, Level, Problem, Source},
    engine::{
        lang::forms::Forms,
        opml::{List, Outline},
        parse::Defect,
        url::canonical,
    },
};
use std::{
    collections::{HashMap, HashSet},
    path::Path,
    sync::Arc,
};

/// Something of the list that is not added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// What the list calls it.
    pub name: String,
    /// Its address, where it has one.
    pub url: Option<String>,
    /// Why.
    pub why: String,
    /// What to do.
    pub hint: Option<String>,
    /// Whether the config refuses it; otherwise there is nothing to add.
    pub refused: bool,
}

/// An import, feed by feed.
#[derive(Debug, Default)]
pub struct Plan {
    /// Feeds to add.
    pub added: Vec<NewFeed>,
    /// Everything else.
    pub left: Vec<Left>,
    /// What had to be repaired in the list.
    pub defects: Vec<Defect>,
}

/// What makes two addresses one feed.
fn identity(url: &str) -> String {
    canonical(url).unwrap_or_else(|| url.trim().to_owned())
}

impl Plan {
    /// Parts the feeds of a list into new ones and those that the config or the list has already.
    pub fn new(list: List, config: &Config, allow_private: bool) -> Plan {
        let known: HashMap<String, &str> = config.feeds.iter().map(|feed| (identity(&feed.url), feed.id.as_str())).collect();
        let mut names: HashSet<String> = config.feeds.iter().map(|feed| feed.id.clone()).collect();
        let mut at: HashMap<String, usize> = HashMap::new();
        let mut plan = Plan { defects: list.defects, ..Plan::default() };
        for outline in list.feeds {
            let identity = identity(&outline.url);
            if let Some(id) = known.get(&identity) {
                plan.pass_over(outline, format!("followed already, as `{id}`"));
            } else if let Some(first) = at.get(&identity).and_then(|at| plan.added.get_mut(*at)) {
                let more: Vec<String> = outline.tags.iter().filter(|tag| !first.tags.contains(tag)).cloned().collect();
                let why = if more.is_empty() { "listed twice" } else { "listed twice; its tags were added to the first" };
                first.tags.extend(more);
                plan.pass_over(outline, why.to_owned());
            } else {
                at.insert(identity, plan.added.len());
                plan.added.push(new_feed(outline, &mut names, allow_private));
            }
        }
        let told = list.skipped.into_iter();
        plan.left.extend(told.map(|s| Left { name: s.name, url: None, why: s.why.to_owned(), hint: None, refused: false }));
        plan
    }

    fn pass_over(&mut self, outline: Outline, why: String) {
        let name = outline.name.unwrap_or_else(|| outline.url.clone());
        self.left.push(Left { name, url: Some(outline.url), why, hint: None, refused: false });
    }

    /// Checks the config as it would be, and moves what it refuses to what is left; gives the text of the drop-in and the
    /// warnings.
    ///
    /// # Errors
    /// When the config is refused for something else.
    pub fn settle(&mut self, sources: &[Source], path: &Path, heading: &str, forms: &Arc<Forms>) -> Result<(String, Vec<Problem>), Error> {
        loop {
            let (text, lines) = self.text(drop_in::before(sources, path, heading));
            if self.added.is_empty() {
                return Ok((text, Vec::new()));
            }
            let report = match config::load(&drop_in::replaced(sources.to_vec(), path, &text), forms) {
                Ok(loaded) => return Ok((text, loaded.warnings)),
                Err(report) => report,
            };
            let refused: HashMap<usize, &Problem> = report
                .problems
                .iter()
                .filter(|problem| problem.severity == Level::Error && Path::new(&problem.file) == path)
                .filter_map(|problem| Some((lines.partition_point(|line| *line <= problem.line).checked_sub(1)?, problem)))
                .collect();
            // Each turn takes a feed away, so this ends.
            if refused.is_empty() {
                return Err(Error::from(report).hinted("the config as it would be was checked; nothing was written"));
            }
            self.refuse(&refused);
        }
    }

    /// The text of the drop-in, and the line that each new table begins on.
    fn text(&self, before: String) -> (String, Vec<usize>) {
        let mut line = before.matches('\n').count() + 1;
        let (mut text, mut lines) = (before, Vec::with_capacity(self.added.len()));
        for feed in &self.added {
            let table = drop_in::table(feed) + "\n";
            lines.push(line);
            line += table.matches('\n').count();
            text.push_str(&table);
        }
        (text.trim_end().to_owned() + "\n", lines)
    }

    fn refuse(&mut self, refused: &HashMap<usize, &Problem>) {
        let added = std::mem::take(&mut self.added);
        for (at, feed) in added.into_iter().enumerate() {
            let Some(problem) = refused.get(&at) else {
                self.added.push(feed);
                continue;
            };
            let private = config::is_private_address(&feed.url);
            let hint = if private {
                Some("`--allow-private` also takes feeds of your own machine or network".into())
            } else {
                problem.hint.clone()
            };
            let name = feed.name.unwrap_or_else(|| feed.url.clone());
            self.left.push(Left { name, url: Some(feed.url), why: problem.message.clone(), hint, refused: true });
        }
    }
}

/// A feed under a name that no other has: a name is its identity in the archive.
fn new_feed(outline: Outline, names: &mut HashSet<String>, allow_private: bool) -> NewFeed {
    let name = outline.name.map(|name| {
        let numbered = (2_u32..).map(|n| format!("{name}-{n}"));
        let free = std::iter::once(name.clone()).chain(numbered).find(|name| !names.contains(name)).unwrap_or(name);
        names.insert(free.clone());
        free
    });
    let allow_private = allow_private && config::is_private_address(&outline.url);
    NewFeed { url: outline.url, name, tags: outline.tags, language: outline.language, allow_private }
}
