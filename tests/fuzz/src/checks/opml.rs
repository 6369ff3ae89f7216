//! Lists of feeds: read within their limits, written and read again as the same, and nothing but the web is ever followed.

use super::config::{FORMS, placed};
use marsad::{
    cli::import::plan::Plan,
    config::{Config, Source, load},
    engine::{
        opml::{List, MAX_DEPTH, MAX_FEEDS, Outline, read, write},
        text::clean_line,
    },
};
use std::{collections::BTreeSet, path::Path, sync::LazyLock};
use url::Url;

/// What a server may say of a list.
const TYPES: [Option<&str>; 4] = [None, Some("text/x-opml; charset=utf-8"), Some("text/xml; charset=windows-1256"), Some("text/plain")];

/// What a list is imported into: the same each time, and dear to load.
static BEFORE: LazyLock<([Source; 1], Config)> = LazyLock::new(|| {
    let sources = [Source { name: "/etc/marsad/marsad.toml".into(), text: "[poll]\ninterval = '15m'\n".into() }];
    let config = load(&sources, &FORMS).unwrap_or_else(|report| panic!("{report}")).config;
    (sources, config)
});

/// Bytes as a list, the first as its Content-Type.
pub fn check(data: &[u8]) {
    let Some((choice, bytes)) = data.split_first() else { return };
    let Ok(list) = read(bytes, TYPES[usize::from(*choice) % TYPES.len()]) else { return };
    sound(&list);
    same_again(&list.feeds);
    // A config is checked for it, which costs the most.
    if (1..=12).contains(&list.feeds.len()) && choice & 0x80 != 0 {
        followed(list, choice & 0x40 != 0);
    }
}

/// Within the limits, each name and tag one clean line.
fn sound(list: &List) {
    assert!(list.feeds.len() <= MAX_FEEDS && list.skipped.len() <= 1_000, "{} feeds", list.feeds.len());
    let line = |text: &String| {
        assert!(!text.is_empty() && text.len() <= 200 && clean_line(text) == *text, "{text:?}");
    };
    for feed in &list.feeds {
        assert!(!feed.url.trim().is_empty() && feed.url.len() <= 4_096 + 5, "{feed:?}");
        feed.name.iter().for_each(line);
        feed.tags.iter().for_each(line);
        assert!(feed.tags.len() <= MAX_DEPTH && feed.tags.iter().collect::<BTreeSet<_>>().len() == feed.tags.len(), "{feed:?}");
        let tag = |c: char| c.is_ascii_alphanumeric() || c == '-';
        assert!(feed.language.as_ref().is_none_or(|tag_of| tag_of.len() <= 35 && tag_of.chars().all(tag)), "{feed:?}");
    }
    assert!(list.skipped.iter().all(|skipped| !skipped.name.is_empty() && !skipped.why.is_empty()), "{:?}", list.skipped);
}

/// A list that is written is read as the same feeds; those that share their first tag stand together.
fn same_again(feeds: &[Outline]) {
    // An address stands in its attribute as the list had it, and line ends in one are blanks to any reader.
    let plain = |feed: &&Outline| !feed.url.contains(char::is_control) && Url::parse(&feed.url).is_ok();
    let mut wanted: Vec<Outline> = feeds.iter().filter(plain).cloned().collect();
    let again = read(write("a title", &wanted).as_bytes(), None).unwrap_or_else(|error| panic!("{error}"));
    // Names that look like UTF-8 read wrongly are put right, which depends on how much of a list does.
    if again.defects.iter().any(|defect| defect.kind == "mojibake") {
        return;
    }
    assert!(again.skipped.is_empty() && again.defects.is_empty(), "{:?} {:?}", again.skipped, again.defects);
    let mut folders: Vec<Option<String>> = Vec::new();
    for feed in &wanted {
        let first = feed.tags.first().cloned();
        if !folders.contains(&first) {
            folders.push(first);
        }
    }
    wanted.sort_by_key(|feed| folders.iter().position(|folder| *folder == feed.tags.first().cloned()));
    assert_eq!(again.feeds, wanted);
}

/// What an import adds is of the web, and loads as it was listed; what goes out again comes back the same.
fn followed(list: List, allow_private: bool) {
    let (sources, before) = &*BEFORE;
    let (listed, skipped) = (list.feeds.len(), list.skipped.len());
    let mut plan = Plan::new(list, before, allow_private);
    let path = Path::new("/etc/marsad/feeds.d/imported.toml");
    let Ok((text, warnings)) = plan.settle(sources, path, "Heading.", &FORMS) else { panic!("refused: {plan:?}") };
    assert_eq!(plan.added.len() + plan.left.len(), listed + skipped, "{plan:?}");
    let all = [sources[0].clone(), Source { name: path.display().to_string(), text }];
    placed(&all, &warnings);
    let config = load(&all, &FORMS).unwrap_or_else(|report| panic!("{report}")).config;
    assert_eq!(config.feeds.len(), plan.added.len(), "{plan:?}");
    for (feed, new) in config.feeds.iter().zip(&plan.added) {
        let url = Url::parse(&feed.url).unwrap_or_else(|error| panic!("{error}: {feed:?}"));
        assert!(matches!(url.scheme(), "http" | "https") && (allow_private || !feed.allow_private), "{feed:?}");
        assert_eq!((&feed.url, &feed.tags), (&new.url, &new.tags));
        assert!(new.name.as_ref().is_none_or(|name| *name == feed.id), "{feed:?} of {new:?}");
    }
    let outline = |feed: &marsad::engine::feed::Feed| Outline {
        name: Some(feed.id.clone()),
        url: feed.url.clone(),
        tags: feed.tags.clone(),
        language: feed.language.clone(),
    };
    same_again(&config.feeds.iter().map(outline).collect::<Vec<_>>());
}
