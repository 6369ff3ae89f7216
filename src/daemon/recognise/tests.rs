//! Cases of real feeds, each by name: documents one after the other, and what each brings. Over a real archive.

mod cases;
mod feed;

use feed::{E, Station, page};

/// A case: its documents, and what each must bring, as `new+edited`.
struct Case {
    name: &'static str,
    documents: Vec<Vec<E>>,
    brings: &'static str,
    /// Its past is made of its own first document, and no other entries stand beside its.
    alone: bool,
}

fn case(name: &'static str, brings: &'static str, documents: Vec<Vec<E>>) -> Case {
    Case { name, documents, brings, alone: false }
}

/// What each document of a case brings, read by a feed with or without a past: ten healthy documents.
fn play(case: &Case, past: bool) -> String {
    let mut station = Station::open();
    let others = page(12, |i| E::of(&format!("o{i}"), &format!("https://o.example/{i}"), 900 + i).hour(-1 - i as i64));
    if past && !case.alone {
        (0..10).for_each(|_| drop(station.poll(&others)));
    }
    let mut brought = Vec::new();
    for document in &case.documents {
        let mut whole = document.clone();
        whole.extend(others.iter().filter(|_| past && !case.alone).cloned());
        let report = station.poll(&whole);
        if past && case.alone && brought.is_empty() {
            (0..10).for_each(|_| assert_eq!(station.poll(&whole).new, 0, "{}", case.name));
        }
        brought.push(format!("{}+{}", report.new, report.edited));
    }
    brought.join(" ")
}

#[test]
fn real_cases_bring_what_is_new_and_no_more() {
    let mut wrong = Vec::new();
    for case in cases::all() {
        for past in [false, true] {
            let brought = play(&case, past);
            if brought != case.brings {
                wrong.push(format!("{} ({}): {brought}, not {}", case.name, if past { "known feed" } else { "young feed" }, case.brings));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_random_guid_brings_each_article_once_in_five_hundred_polls_and_no_keys_without_end() {
    let mut station = Station::open();
    let mut keys = 0;
    for poll in 0..500 {
        let document = page(10, |i| E::of(&format!("r{poll}-{i}"), &format!("https://a.example/{i}"), i));
        let report = station.poll(&document);
        assert_eq!((report.new, report.edited), (if poll == 0 { 10 } else { 0 }, 0), "poll {poll}");
        if poll == 20 {
            keys = station.keys();
        }
    }
    assert_eq!(station.count("SELECT count(*) FROM article"), 10);
    assert_eq!(station.keys(), keys);
    assert!(!station.state().trust.of(crate::engine::identify::Facet::Guid).is_good());
}

#[test]
fn a_page_that_changes_at_every_poll_is_revised_and_fills_nothing() {
    let mut station = Station::open();
    let mut keys = 0;
    for poll in 0..200_usize {
        let live = E::of("live", "https://a.example/live", 0).text(&feed::text(1000 + poll)).title(&format!("Live: {}", feed::title(poll)));
        let report = station.poll(&[live, E::of("b", "https://a.example/b", 1)]);
        assert_eq!((report.new, report.edited), if poll == 0 { (2, 0) } else { (0, 1) }, "poll {poll}");
        if poll == 1 {
            keys = station.keys();
        }
    }
    assert_eq!(station.keys(), keys);
    assert_eq!(station.count("SELECT count(*) FROM revision"), 20);
    assert_eq!(station.count("SELECT max(n) FROM revision"), 199);
    assert_eq!(station.count("SELECT min(n) FROM revision"), 1);
}

#[test]
fn three_thousand_items_whose_ids_all_renew_are_one_event() {
    let mut station = Station::open();
    let old = page(3000, |i| E::of(&format!("https://old.example/?p={i}"), &format!("https://old.example/{i}"), i).hour(-(i as i64)));
    assert_eq!(station.poll(&old).new, 3000);
    (0..5).for_each(|_| assert!(!station.poll(&old).identity_changed));
    let moved = page(3000, |i| E::of(&format!("tag:new.example,2026:{i}"), &format!("https://new.example/n/{i}"), i).hour(-(i as i64)));
    let report = station.poll(&moved);
    assert_eq!((report.new, report.edited, report.renewed, report.identity_changed), (0, 0, 3000, true));
    assert_eq!(station.count("SELECT renewed FROM feed"), 3000);
    let again = station.poll(&moved);
    assert_eq!((again.new, again.rekeyed, again.identity_changed), (0, 0, false));
}

#[test]
fn a_feed_that_shows_nothing_but_old_strangers_is_one_event_and_what_is_fresh_is_news() {
    let mut station = Station::open();
    station.poll(&page(30, |i| E::of(&format!("a{i}"), &format!("https://a.example/{i}"), i).hour(-(i as i64) - 24)));
    let strangers =
        page(30, |i| E::of(&format!("b{i}"), &format!("https://b.example/{i}"), 500 + i).hour(if i == 0 { 1 } else { -(i as i64) - 24 }));
    let report = station.poll(&strangers);
    assert_eq!((report.new, report.identity_changed), (30, true));
    assert_eq!(station.silent, 29);
}

#[test]
fn an_article_that_was_pruned_or_taken_back_is_known_when_it_returns() {
    let article = E::of("a", "https://a.example/1", 1);
    for returning in [article.clone(), article.clone().guid("z").link("https://a.example/r/zz/1")] {
        let mut station = Station::open();
        station.poll(&[article.clone(), E::of("b", "https://a.example/2", 2)]);
        station.poll(&[E::of("b", "https://a.example/2", 2)]);
        assert_eq!(station.poll(std::slice::from_ref(&returning)).new, 0);
        station.prune();
        assert_eq!(station.count("SELECT min(n) FROM article"), 2, "the newest stays");
        assert_eq!(station.poll(&[returning]).new, 0);
    }
}

#[test]
fn a_feed_that_mends_its_guids_is_trusted_again() {
    use crate::engine::identify::Facet;
    let mut station = Station::open();
    let document = |poll: usize, random: bool| {
        page(10, |i| {
            E::of(
                &if random { format!("r{poll}-{i}") } else { format!("s{}", poll + i) },
                &format!("https://a.example/{}", poll + i),
                poll + i,
            )
        })
    };
    (0..10).for_each(|poll| drop(station.poll(&document(poll, true))));
    assert!(!station.state().trust.of(Facet::Guid).is_good());
    (10..80).for_each(|poll| drop(station.poll(&document(poll, false))));
    assert!(station.state().trust.of(Facet::Guid).is_good(), "{:?}", station.state().trust);
}

#[test]
fn an_archive_of_an_earlier_version_knows_its_articles_and_learns_the_new_keys() {
    let mut station = Station::open();
    let document = page(20, |i| E::of(&format!("a{i}"), &format!("https://a.example/{i}"), i));
    station.poll(&document);
    station.forget_later_kinds();
    station.run("UPDATE feed SET trust = NULL");
    assert_eq!((station.poll(&document).new, station.poll(&document).rekeyed), (0, 0));
    let renewed = page(20, |i| E::of(&format!("b{i}"), &format!("https://b.example/{i}"), i));
    assert_eq!(station.poll(&renewed).new, 0);
}
