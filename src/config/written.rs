//! A config as it was written, kept so that what is found out later about a rule, a concept, a sink or a file of secrets is
//! shown at its place. Decides nothing.

use super::{
    CREDENTIAL, Problem, Source, concepts,
    raw::At,
    report::{Problems, SecretFile, Spot},
    rules::RuleDraft,
    secret,
};
use crate::engine::rule::lint::{Finding, Site};
use std::{collections::BTreeMap, ops::Range, path::Path};

/// The files of a config, and where each rule and concept stands in them.
#[derive(Debug, Default)]
pub struct Written {
    /// The user's files, then the shipped ones.
    pub(super) sources: Vec<Source>,
    /// How many of them are the user's.
    pub(super) users: usize,
    pub(super) rules: Vec<RuleDraft>,
    pub(super) concepts: BTreeMap<String, concepts::Lexicon>,
    pub(super) sinks: Vec<At<String>>,
    pub(super) secret_files: Vec<SecretFile>,
    /// Where secrets stand that do not belong there.
    pub(super) secrets: Vec<Spot>,
}

impl Written {
    /// What was found, as warnings in the order of their places; none of what stands in a file that the user did not write.
    pub fn problems(&self, found: &[Finding]) -> Vec<Problem> {
        let mut p = Problems::beside(&self.secrets);
        found.iter().for_each(|finding| self.warn(finding, &mut p));
        p.into_problems(&self.sources)
    }

    /// What is wrong with the files of secrets that the config names. A sink is refused for it; a feed is not asked until it is
    /// put right. Without `credentials`, which exist inside a service alone, those are not looked for.
    pub fn secrets(&self, credentials: Option<&Path>) -> Vec<Problem> {
        let mut p = Problems::beside(&self.secrets);
        for SecretFile { at, of, path } in &self.secret_files {
            if credentials.is_none() && path.to_string_lossy().starts_with(CREDENTIAL) {
                continue;
            }
            if let Err(error) = secret::found(path, credentials).and_then(|path| secret::read(&path)) {
                let message = format!("{of}: {}", error.message);
                if of.starts_with("sink ") { p.error(*at, message, error.hint) } else { p.warning(*at, message, error.hint) }
            }
        }
        p.into_problems(&self.sources)
    }

    /// What keeps the sink of this name from being made, at its name.
    pub fn of_sink(&self, name: &str, message: String, hint: Option<String>) -> Vec<Problem> {
        let mut p = Problems::beside(&self.secrets);
        let at = self.sinks.iter().find(|sink| sink.value == name).map(|sink| sink.at).unwrap_or_default();
        p.error(at, message, hint);
        p.into_problems(&self.sources)
    }

    /// Adds a finding, unless its place has an error already.
    pub(super) fn warn(&self, finding: &Finding, p: &mut Problems) {
        let Some((at, text)) = self.place(&finding.site) else { return };
        if at.file >= self.users || p.has_error_in(at) {
            return;
        }
        p.warning(at, finding.message.clone(), finding.hint.clone());
        p.within(text, narrowed(text, &finding.span));
    }

    fn place(&self, site: &Site) -> Option<(Spot, &str)> {
        let text = match site {
            Site::Rule { rule, place } => {
                let draft = self.rules.get(*rule)?;
                match place.and_then(|place| draft.text_of(place)) {
                    Some(text) => text,
                    None => return Some((draft.at, "")),
                }
            }
            Site::Concept { name, word } => self.concepts.get(name)?.places.get(*word)?,
        };
        Some((text.at, &text.value))
    }
}

/// The part of the string that is meant, without blanks at its ends.
fn narrowed(text: &str, span: &Range<usize>) -> Range<usize> {
    let Some(part) = text.get(span.clone()) else { return 0..0 };
    let start = span.start + part.len() - part.trim_start().len();
    start..start + part.trim().len()
}
