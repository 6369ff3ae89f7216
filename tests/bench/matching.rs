//! How fast articles are matched, end to end (folding, scanning, judging), beside what a simpler matcher would take: `cargo bench
//! --bench matching`. First a line each on what compiling takes, then divan's table. Measures only; nothing fails here.

#[expect(dead_code, reason = "news is for tests/long/growth")]
mod corpus;

use divan::{
    Bencher,
    counter::{BytesCount, ItemsCount},
};
use marsad::engine::{
    lang::fold::Folded,
    rule::{Lexicon, Ruleset, Subject, compile},
};
use std::{collections::HashMap, hint::black_box, sync::LazyLock, time::Instant};

/// How many articles one sample matches.
const ARTICLES: usize = 400;

static CORPUS: LazyLock<Vec<(String, String)>> = LazyLock::new(|| corpus::articles(ARTICLES));

fn main() {
    println!("{ARTICLES} articles of 3 kB in ar, tr, ru and en; rules of one to three terms");
    // Not where only some of the table is asked for.
    if !std::env::args().skip(1).any(|argument| !argument.starts_with('-')) {
        [10, 1_000, 100_000].into_iter().for_each(compiling);
    }
    divan::main();
}

fn ruleset(terms: usize) -> Ruleset {
    let specs = corpus::rules(&corpus::terms(terms));
    compile(&specs, &Lexicon::default()).unwrap_or_else(|errors| panic!("the rules do not compile: {:?}", errors[0]))
}

/// Says how long compiling takes, what stays in memory, what was needed at most, and how much the rules find.
fn compiling(terms: usize) {
    let specs = corpus::rules(&corpus::terms(terms));
    let lexicon = Lexicon::default();
    let (before, start) = (memory("VmRSS"), Instant::now());
    let rules = compile(&specs, &lexicon).unwrap_or_else(|errors| panic!("the rules do not compile: {:?}", errors[0]));
    let (_, stems) = rules.size();
    let took = start.elapsed();
    let (after, most) = (memory("VmRSS"), memory("VmHWM"));
    let held: usize = CORPUS.iter().map(|article| rules.matches(&subject(article)).len()).sum();
    println!(
        "compile {terms:>6} terms ({} rules, {} stems): {:.3} s, {} MB stay, {} MB at most; {:.2} rules hold for an article",
        specs.len(),
        stems,
        took.as_secs_f64(),
        after.saturating_sub(before) / 1024,
        most.saturating_sub(before) / 1024,
        held as f64 / ARTICLES as f64
    );
}

/// A figure of this process in kB, as the kernel tells it; 0 where it does not.
fn memory(what: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(what)).unwrap_or("");
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).unwrap_or(0)
}

fn subject((title, text): &(String, String)) -> Subject<'_> {
    Subject { title, text, ..Subject::default() }
}

/// Runs `one` over every article, counted in bytes of title and text as they are archived.
fn over<T>(bencher: Bencher<'_, '_>, one: impl Fn(&(String, String)) -> T + Sync) {
    let bytes: usize = CORPUS.iter().map(|(title, text)| title.len() + text.len()).sum();
    bencher.counter(BytesCount::new(bytes)).counter(ItemsCount::new(ARTICLES)).bench(|| {
        CORPUS.iter().for_each(|article| {
            black_box(one(article));
        });
    });
}

/// All of it: fold, scan, judge.
#[divan::bench(args = [10, 1_000, 100_000], max_time = 4)]
fn marsad(bencher: Bencher<'_, '_>, terms: usize) {
    let rules = ruleset(terms);
    over(bencher, |article| rules.matches(&subject(article)));
}

/// What every matcher over folded words must do first.
#[divan::bench(max_time = 2)]
fn folding_alone(bencher: Bencher<'_, '_>) {
    over(bencher, |(title, text)| (Folded::new(title), Folded::new(text)));
}

/// The folded terms as strings, in text that was folded before: no inflection, no words, no rules.
#[divan::bench(args = [10, 1_000, 100_000], max_time = 2)]
fn aho_corasick_alone(bencher: Bencher<'_, '_>, terms: usize) {
    let folded = |text: &str| Folded::new(text).text.trim().to_owned();
    let patterns: Vec<String> = corpus::terms(terms).iter().map(|term| folded(term)).collect();
    let kind = Some(aho_corasick::AhoCorasickKind::ContiguousNFA);
    let automaton = aho_corasick::AhoCorasick::builder().kind(kind).build(&patterns).unwrap_or_else(|error| panic!("{error}"));
    let texts: HashMap<&str, String> = CORPUS.iter().map(|(title, text)| (title.as_str(), folded(title) + " " + &folded(text))).collect();
    over(bencher, |(title, _)| automaton.find_overlapping_iter(&texts[title.as_str()]).count());
}

fn patterns(terms: usize) -> Vec<String> {
    corpus::terms(terms).iter().map(|term| format!("(?i)\\b{}\\b", regex::escape(term))).collect()
}

/// One regular expression a term, one after the other. At 100,000 it would take minutes.
#[divan::bench(args = [10, 1_000], max_time = 4)]
fn regex_loop(bencher: Bencher<'_, '_>, terms: usize) {
    let regexes: Vec<regex::Regex> =
        patterns(terms).iter().map(|pattern| regex::Regex::new(pattern).unwrap_or_else(|error| panic!("{error}"))).collect();
    over(bencher, |(title, text)| regexes.iter().filter(|regex| regex.is_match(title) || regex.is_match(text)).count());
}

/// All terms in one set of regular expressions, which says which of them match.
#[divan::bench(args = [10, 1_000], max_time = 4)]
fn regex_set(bencher: Bencher<'_, '_>, terms: usize) {
    let built = regex::RegexSetBuilder::new(patterns(terms)).size_limit(1 << 28).build();
    let set = built.unwrap_or_else(|error| panic!("{error}"));
    over(bencher, |(title, text)| set.matches(title).iter().count() + set.matches(text).iter().count());
}
