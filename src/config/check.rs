//! From sources to a [`Config`]: reads every table of every file, then checks what needs the whole picture.
//! Reports every problem it can believe in one run.

use super::{
    Archive, Config, Loaded, Metrics, Poll, Problem, Report, Source, Tested, Unread, Written, concepts, crowd, feeds,
    hours::{self, Named},
    metrics, mutes,
    policy::PolicyDraft,
    raw::{self, At, Reader},
    report::{Level, Problems, Spot},
    rules::{self, RuleDraft, World},
    settings, sinks,
    trials::Suite,
    version,
};
use crate::engine::{
    alert::{digest::Digest, policy::Policy, quiet::Quiet},
    feed::Feed,
    lang::forms::Forms,
    rule::{Lexicon, RuleSpec, Ruleset, compile, lint},
};
use std::{borrow::Cow, collections::BTreeMap, path::Path, sync::Arc};

/// Reads and checks a whole config: `sources` are the main file and then the drop-ins, in the order of their names; rules are
/// compiled with `forms`.
///
/// # Errors
/// When there is any error in it: the report holds every problem, warnings too, each with its place.
pub fn load(sources: &[Source], forms: &Arc<Forms>) -> Result<Loaded, Report> {
    let (all, mut p) = (with_shipped(sources), Problems::default());
    let settled = read(&all, sources.len(), forms, &mut p);
    settled.run_suites(&mut p);
    outcome(settled.config, p.into_problems(&all))
}

/// Reads and checks a whole config as [`load`] does, and warns of what is odd about its rules and concepts. Gives what was
/// written beside it, so that what is found out later can be shown at its place.
///
/// # Errors
/// The inner ones are those of [`load`].
pub fn check(sources: &[Source], forms: &Arc<Forms>) -> (Result<Loaded, Report>, Written) {
    let (all, mut p) = (with_shipped(sources), Problems::default());
    let settled = read(&all, sources.len(), forms, &mut p);
    settled.run_suites(&mut p);
    let Settled { config, lexicon, feeds, rules, concepts, sinks } = settled;
    let (secret_files, secrets) = (std::mem::take(&mut p.secret_files), p.secrets.clone());
    let written = Written { sources: all, users: sources.len(), rules, concepts, sinks, secret_files, secrets };
    let specs: Vec<RuleSpec> = written.rules.iter().map(|draft| draft.spec.clone()).collect();
    let mut found = lint::rules(&specs, &lexicon, &feeds);
    let users = written.concepts.iter().filter(|(_, lexicon)| lexicon.users);
    found.extend(users.flat_map(|(name, lexicon)| lint::concept(name, &lexicon.concept, &feeds)));
    found.iter().for_each(|finding| written.warn(finding, &mut p));
    let problems = p.into_problems(&written.sources);
    (outcome(config, problems), written)
}

/// What is wrong with a config whose files could not all be read: each of these, and what is wrong in the others as far as that
/// can be known.
pub fn unread(unread: &Unread) -> Report {
    let mut p = Problems::default();
    let mut sources = Vec::new();
    for (file, read) in unread.0.iter().enumerate() {
        sources.push(read.as_ref().cloned().unwrap_or_else(|error| {
            let ((message, hint), before) = (error.said(), error.line() - 1);
            p.syntax(Spot { file, start: before, end: before }, message, Some(hint));
            // As many lines as it takes to stand on the one that is meant.
            Source { name: error.path().display().to_string(), text: "\n".repeat(before) }
        }));
    }
    let all = with_shipped(&sources);
    read(&all, sources.len(), &Arc::default(), &mut p);
    Report { problems: p.into_problems(&all) }
}

fn outcome(config: Option<Config>, problems: Vec<Problem>) -> Result<Loaded, Report> {
    match config {
        Some(config) if problems.iter().all(|p| p.severity == Level::Warning) => Ok(Loaded { config, warnings: problems }),
        _ => Err(Report { problems }),
    }
}

/// Runs the tests of every rule and every concept, those of shipped concepts too. A test that fails is no error here.
///
/// # Errors
/// As [`load`], for anything but a failing test.
pub fn test(sources: &[Source], forms: &Arc<Forms>) -> Result<Vec<Tested>, Report> {
    let (all, mut p) = (with_shipped(sources), Problems::default());
    let settled = read(&all, sources.len(), forms, &mut p);
    if p.has_errors() {
        return Err(Report { problems: p.into_problems(&all) });
    }
    let run = |suite: Suite<'_>| {
        let mut p = Problems::default();
        let failed = suite.run(&settled.lexicon, &mut p);
        let passed = suite.trials.len() - failed;
        Tested { id: suite.id, shipped: suite.shipped, passed, failures: p.into_problems(&all) }
    };
    Ok(settled.suites().map(run).collect())
}

fn with_shipped(sources: &[Source]) -> Vec<Source> {
    let mut all = sources.to_vec();
    all.extend(concepts::shipped());
    all
}

/// A config whose own tests were not run yet.
struct Settled {
    /// `None` when its rules cannot be compiled.
    config: Option<Config>,
    lexicon: Lexicon,
    feeds: Vec<Feed>,
    rules: Vec<RuleDraft>,
    concepts: BTreeMap<String, concepts::Lexicon>,
    /// Names of sinks, where they stand.
    sinks: Vec<At<String>>,
}

impl Settled {
    /// The tests of concepts by name, then of rules in the order written.
    fn suites(&self) -> impl Iterator<Item = Suite<'_>> {
        let concepts = self.concepts.iter().map(|(name, written)| {
            let id = format!("@{name}");
            let spec = RuleSpec { id: name.clone(), any: vec![id.clone()], ..RuleSpec::default() };
            Suite { id, shipped: !written.users, spec: Cow::Owned(spec), trials: &written.trials }
        });
        let rules = self.rules.iter().map(|draft| {
            let (spec, trials) = (Cow::Borrowed(&draft.spec), &draft.trials[..]);
            Suite { id: draft.spec.id.clone(), shipped: false, spec, trials }
        });
        concepts.chain(rules)
    }

    /// Runs the tests that the user wrote.
    fn run_suites(&self, p: &mut Problems) {
        for suite in self.suites().filter(|suite| !suite.shipped) {
            suite.run(&self.lexicon, p);
        }
    }
}

/// Reads and checks everything but the tests; the first `users` of the sources are the user's.
fn read(all: &[Source], users: usize, forms: &Arc<Forms>, p: &mut Problems) -> Settled {
    let draft = gather(all, users, p);
    settle(draft, forms, p)
}

/// Everything read, nothing yet checked against anything else.
#[derive(Debug, Default)]
struct Draft {
    poll: Poll,
    archive: Archive,
    health: settings::HealthDraft,
    metrics: Metrics,
    default_sinks: Option<Vec<At<String>>>,
    default_policy: PolicyDraft,
    quiet: Vec<Named<Quiet>>,
    digests: Vec<Named<Digest>>,
    mutes: Vec<mutes::MuteDraft>,
    feeds: Vec<feeds::FeedDraft>,
    rules: Vec<RuleDraft>,
    sinks: Vec<sinks::SinkDraft>,
    shipped: Vec<concepts::ConceptDraft>,
    concepts: Vec<concepts::ConceptDraft>,
}

fn gather(all: &[Source], users: usize, p: &mut Problems) -> Draft {
    let mut draft = Draft::default();
    for (file, source) in all.iter().enumerate() {
        // Dropped before the next: a table takes several times the room of what is drafted from it.
        let table = raw::parse(&source.text, file, p);
        let mut root = Reader::root(&table, file, if file == 0 { "the config" } else { "a drop-in" });
        if file >= users {
            draft.shipped.extend(named("concept", &mut root, p, concepts::read));
            continue;
        }
        if file == 0 {
            main_only(&mut root, &source.name, &mut draft, p);
        } else {
            refuse_main_only(&mut root, p);
        }
        draft.quiet.extend(named("quiet", &mut root, p, hours::quiet));
        draft.digests.extend(named("digest", &mut root, p, hours::digest));
        draft.mutes.extend(root.tables("mute", p).into_iter().filter_map(|t| mutes::read(t, p)));
        let folder = Path::new(&source.name).parent().unwrap_or(Path::new(""));
        let poll = draft.poll.clone();
        draft.feeds.extend(root.tables("feed", p).into_iter().filter_map(|t| feeds::read(t, &poll, folder, p)));
        draft.rules.extend(root.tables("rule", p).into_iter().map(|t| rules::read(t, p)));
        draft.sinks.extend(named("sink", &mut root, p, |name, t, p| sinks::read(name, t, folder, p)));
        draft.concepts.extend(named("concept", &mut root, p, concepts::read));
        root.finish(p);
    }
    draft
}

/// The tables of `[key.NAME]`, in the order written.
fn named<T>(
    key: &'static str,
    root: &mut Reader<'_>,
    p: &mut Problems,
    mut read: impl FnMut(At<String>, Reader<'_>, &mut Problems) -> Option<T>,
) -> Vec<T> {
    let Some(outer) = root.table(key, p) else { return Vec::new() };
    let tables = outer.entries().into_iter().filter_map(|(name, node)| Some((name, node.table(key, p)?))).collect::<Vec<_>>();
    tables.into_iter().filter_map(|(name, table)| read(name, table, p)).collect()
}

fn main_only(root: &mut Reader<'_>, name: &str, draft: &mut Draft, p: &mut Problems) {
    if root.is_empty() {
        p.missing(root.at, "the file holds no settings", Some("is it half-written? `marsad init` writes one to start from".into()));
    }
    draft.poll = root.table("poll", p).map(|t| settings::poll(t, p)).unwrap_or_default();
    draft.archive = root.table("archive", p).map(|t| settings::archive(t, p)).unwrap_or_default();
    let (sinks, policy) = root.table("alert", p).map(|t| rules::alert("`[alert]`", t, p)).unwrap_or_default();
    (draft.default_sinks, draft.default_policy) = (Some(sinks).filter(|s| !s.is_empty()), policy);
    draft.health = root.table("health", p).map(|t| settings::health(t, p)).unwrap_or_default();
    let folder = Path::new(name).parent().unwrap_or(Path::new(""));
    draft.metrics = root.table("metrics", p).map(|t| metrics::read(t, folder, p)).unwrap_or_default();
}

fn refuse_main_only(root: &mut Reader<'_>, p: &mut Problems) {
    for key in ["poll", "archive", "alert", "health", "metrics"] {
        root.misplaced(key, &format!("`[{key}]` belongs in the main file, not in a drop-in"), p);
    }
}

fn settle(draft: Draft, forms: &Arc<Forms>, p: &mut Problems) -> Settled {
    crowd::warn(&draft.feeds, &draft.poll, p);
    let feeds = feeds::settle(draft.feeds, p);
    let places = draft.sinks.iter().map(|sink| At { value: sink.spec.name.clone(), at: sink.at }).collect();
    let sinks = sinks::settle(draft.sinks, p);
    let lexicons = concepts::settle(draft.shipped, draft.concepts, p);
    let mut drafts = draft.rules;
    let default_sinks = draft.default_sinks.unwrap_or_else(built_in_sinks);
    let world = World {
        concepts: lexicons.keys().map(String::as_str).collect(),
        feeds: &feeds,
        sinks: sinks.iter().map(|s| s.name.as_str()).collect(),
        default_sinks: &default_sinks,
    };
    rules::check_sinks(&default_sinks, &world, p);
    rules::check_sinks(&draft.health.sinks, &world, p);
    rules::settle(&mut drafts, &world, p);
    let (quiet, digests) = (hours::settle("quiet", draft.quiet, p), hours::settle("digest", draft.digests, p));
    let default_policy = draft.default_policy.settle(&quiet, &digests, p);
    let policies: Vec<Policy> = drafts.iter().map(|d| d.policy.over(&draft.default_policy).settle(&quiet, &digests, p)).collect();
    if !p.has_errors() {
        warn_of_nothing(feeds.is_empty(), drafts.is_empty(), p);
    }
    let concepts = lexicons.iter().map(|(name, l)| (name.clone(), l.concept.clone())).collect();
    let lexicon = Lexicon { concepts, forms: forms.clone() };
    let ids: Vec<String> = drafts.iter().map(|draft| draft.spec.id.clone()).collect();
    let mutes = mutes::settle(draft.mutes, &ids, &world, &lexicon, p);
    let rules = compile_all(&drafts, &lexicon, p);
    let (rule_sources, rule_hashes) = drafts.iter().map(|d| version::version(&d.spec, &lexicon)).unzip();
    let config = rules.map(|rules| Config {
        feeds: feeds.clone(),
        rules,
        sinks,
        poll: draft.poll,
        archive: draft.archive,
        policies,
        default_policy,
        mutes,
        health: draft.health.settle(&default_sinks),
        metrics: draft.metrics,
        rule_hashes,
        rule_sources,
        lexicon: lexicon.clone(),
    });
    Settled { config, lexicon, feeds, rules: drafts, concepts: lexicons, sinks: places }
}

fn built_in_sinks() -> Vec<At<String>> {
    ["desktop", "journal"].map(|name| At { value: name.to_owned(), at: Spot::default() }).to_vec()
}

fn warn_of_nothing(no_feeds: bool, no_rules: bool, p: &mut Problems) {
    if no_feeds {
        p.warning(Spot::default(), "no feed is followed", Some("add a `[[feed]]` with a `url`".into()));
    }
    if no_rules {
        p.warning(Spot::default(), "no rule is set, so nothing will alert", Some("add a `[[rule]]` with a `name` and `any`".into()));
    }
}

/// Compiles all rules; what the compiler finds is reported at the term it means.
fn compile_all(drafts: &[RuleDraft], lexicon: &Lexicon, p: &mut Problems) -> Option<Ruleset> {
    let specs: Vec<RuleSpec> = drafts.iter().map(|d| d.spec.clone()).collect();
    match compile(&specs, lexicon) {
        Ok(rules) => Some(rules),
        Err(errors) => {
            for error in errors {
                if let Some(draft) = drafts.get(error.rule) {
                    draft.report(error, p);
                }
            }
            None
        }
    }
}
