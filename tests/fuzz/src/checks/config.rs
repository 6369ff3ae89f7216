//! Configs: every problem stands at a place that is there, what is taken is sound, and a feed that is written down as commands
//! write it is read back the same.

use marsad::{
    cli::drop_in::{NewFeed, table},
    config::{self, Config, Level, Loaded, Problem, Source, check as check_all, load},
    engine::lang::forms::Forms,
};
use std::{
    collections::BTreeSet,
    sync::{Arc, LazyLock},
};
use url::Url;

/// No form list: it is built for each language, and no part of a config.
pub static FORMS: LazyLock<Arc<Forms>> = LazyLock::new(Arc::default);

/// Bytes as a config: the main file, and behind each 0xFF a drop-in.
pub fn check(data: &[u8]) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let name = |at: usize| if at == 0 { "/etc/marsad/marsad.toml".to_owned() } else { format!("/etc/marsad/feeds.d/{at}.toml") };
    let pieces = data.split(|byte| *byte == 0xff).take(4).enumerate();
    let sources: Vec<Source> = pieces.map(|(at, bytes)| Source { name: name(at), text: text(bytes) }).collect();
    let loaded = load(&sources, &FORMS);
    match &loaded {
        Ok(Loaded { config, warnings }) => {
            assert!(warnings.iter().all(|problem| problem.severity == Level::Warning));
            placed(&sources, warnings);
            sound(config);
            written_back(config);
        }
        Err(report) => {
            assert!(report.problems.iter().any(|problem| problem.severity == Level::Error), "refused for nothing: {report}");
            placed(&sources, &report.problems);
            assert!(!report.to_string().is_empty());
        }
    }
    // The lints cost as much again.
    if data.len().is_multiple_of(8) {
        let (checked, _) = check_all(&sources, &FORMS);
        assert_eq!(checked.is_ok(), loaded.is_ok());
        placed(&sources, &checked.map_or_else(|report| report.problems, |loaded| loaded.warnings));
    }
}

/// Each problem names a line and a column of a file of the user's, and shows it.
pub fn placed(sources: &[Source], problems: &[Problem]) {
    for problem in problems {
        let source = sources.iter().find(|source| source.name == problem.file);
        let source = source.unwrap_or_else(|| panic!("the file {:?} of {problem:?} is none of ours", problem.file));
        let line = problem.line.checked_sub(1).and_then(|at| source.text.split('\n').nth(at));
        let line = line.unwrap_or_else(|| panic!("no line {} in {:?}: {problem:?}", problem.line, source.text));
        assert!((1..=line.chars().count() + 1).contains(&problem.column), "no column {} in {line:?}: {problem:?}", problem.column);
        let shown = &problem.snippet;
        assert!(!shown.text.contains(char::is_control) && shown.text.chars().count() <= 122 && shown.width >= 1, "{problem:?}");
        assert!(shown.pad + shown.width <= 260, "{problem:?}");
        assert!(!problem.message.is_empty() && problem.hint.as_deref() != Some(""), "{problem:?}");
        let lines = if shown.text.is_empty() { 1 } else { 3 };
        assert_eq!(problem.to_string().lines().count(), lines + problem.hint.iter().count(), "{problem:?}");
    }
}

/// What holds of a config that was taken.
fn sound(config: &Config) {
    let control = |text: &str| text.chars().any(char::is_control);
    let mut names = BTreeSet::new();
    for feed in &config.feeds {
        assert!(!feed.id.is_empty() && !control(&feed.id) && names.insert(&feed.id), "{feed:?}");
        let url = Url::parse(&feed.url).unwrap_or_else(|error| panic!("{error}: {feed:?}"));
        assert!(matches!(url.scheme(), "http" | "https") && url.username().is_empty() && url.password().is_none(), "{feed:?}");
        assert!(feed.allow_private || !config::is_private_address(&feed.url), "{feed:?}");
        assert!(feed.tags.iter().all(|tag| !tag.is_empty() && !control(tag) && !tag.starts_with("tag:")), "{feed:?}");
        assert!(feed.interval.is_none_or(|interval| interval.as_secs() >= 60), "{feed:?}");
        assert_eq!(feed.access.user.is_some(), feed.access.password_file.is_some(), "{feed:?}");
    }
    let rules = config.rules.specs();
    let ids: BTreeSet<&str> = rules.iter().map(|rule| rule.id.as_str()).collect();
    assert!(ids.len() == rules.len() && rules.iter().all(|rule| !rule.id.is_empty() && !control(&rule.id)), "{ids:?}");
    assert_eq!((config.policies.len(), config.rule_hashes.len(), config.rule_sources.len()), (rules.len(), rules.len(), rules.len()));
    let sinks: BTreeSet<&str> = config.sinks.iter().map(|sink| sink.name.as_str()).collect();
    assert_eq!(sinks.len(), config.sinks.len(), "{sinks:?}");
    for name in rules.iter().flat_map(|rule| &rule.sinks).chain(&config.health.sinks) {
        assert!(sinks.contains(name.as_str()), "the sink {name:?} is nobody's");
    }
    let poll = &config.poll;
    assert!(poll.interval.as_secs() >= 60 && (1..=256).contains(&poll.concurrency) && poll.max_bytes > 0, "{poll:?}");
}

/// Feeds as `feed add` and `import` write them are read back the same.
fn written_back(config: &Config) {
    if config.feeds.is_empty() || config.feeds.len() > 20 {
        return;
    }
    let new = |feed: &marsad::engine::feed::Feed| NewFeed {
        url: feed.url.clone(),
        name: Some(feed.id.clone()),
        tags: feed.tags.clone(),
        language: feed.language.clone(),
        allow_private: feed.allow_private,
    };
    // A name that was made of the address may be none that can be written; an .onion address needs its proxy.
    let plain = |feed: &&marsad::engine::feed::Feed| !feed.id.starts_with("tag:") && !feed.url.to_ascii_lowercase().contains("onion");
    let feeds: Vec<_> = config.feeds.iter().filter(plain).collect();
    let text: String = feeds.iter().map(|feed| table(&new(feed))).collect();
    let again = load(&[Source { name: "again.toml".into(), text: format!("[poll]\n\n{text}") }], &FORMS);
    let again = again.unwrap_or_else(|report| panic!("{report}\nof\n{text}")).config;
    assert_eq!(again.feeds.iter().map(new).collect::<Vec<_>>(), feeds.iter().map(|feed| new(feed)).collect::<Vec<_>>());
}
