//! What is said of small things: numbers and their nouns, each thing once, and what to do about a slip in a query.

use super::{Desk, HOUR, filled, now_ms};

#[test]
fn numbers_stand_with_the_right_noun_and_an_alert_that_is_named_twice_counts_once() {
    let desk = filled();
    assert_eq!(desk.run(&["alerts", "ack", "1", "1"]).out, "1 alert marked as acknowledged\n");
    assert_eq!(desk.run(&["alerts", "ack", "1", "2", "1"]).out, "2 alerts marked as acknowledged\n");
    let archive = desk.open();
    let matches = "INSERT INTO match (article, rule, version, story, alert, seen_ms, evidence) VALUES (2, 1, 1, 2, NULL, ?1, '[]')";
    archive.execute(matches, [now_ms() - HOUR]).unwrap();
    let account = desk.run(&["alerts", "audit"]).out;
    assert!(account.contains(" matches\n") && !account.contains("matchs"), "{account}");
    let story = desk.run(&["stories", "1"]).out;
    assert!(story.contains("story 1: 1 article, 1 source, "), "{story}");
}

#[test]
fn a_note_is_told_once() {
    let desk = filled();
    let note = "`and` is read as a word to be found: operators are upper case, `AND`";
    assert_eq!(desk.run(&["search", "talks and idlib"]).err, format!("note: {note}\n"));
    assert_eq!(desk.run(&["search", "talks and idlib OR truce and aleppo"]).err.matches(note).count(), 2, "each of two");
    desk.write("when.toml", "[[feed]]\nurl = 'https://a.example/'\n[[rule]]\nname = 'r'\nwhen = 'talks and idlib'\n");
    let checked = desk.run(&["check", "--no-archive", "when.toml"]);
    assert!(checked.out.matches(note).count() == 1 && checked.out.ends_with("fine, 1 warning\n"), "{checked:?}");
}

#[test]
fn a_slip_in_a_query_gets_the_hint_that_a_rule_would_get() {
    let desk = filled();
    for command in [&["search"][..], &["mute", "--for", "1h"]] {
        let run = |query: &str| desk.run(&[command, &[query]].concat());
        let unknown = run("@nope");
        assert!(unknown.code == Some(2) && unknown.err.contains("\nhint: the concepts are @aid, @border, "), "{unknown:?}");
        assert!(run("truce AND @idlb").err.contains("at `@idlb`: there is no concept `@idlb`\nhint: did you mean `@idlib`?"));
        let nothing = run("NOT a");
        assert!(nothing.code == Some(2) && nothing.err.ends_with("\nhint: add a term that must hit\n"), "{nothing:?}");
    }
}

#[test]
fn a_mute_on_a_feed_or_tag_that_is_not_there_is_refused_wherever_it_is_named() {
    let desk = filled();
    for (query, name) in [("feed:nope", "nope"), ("truce AND NOT feed:nope", "nope"), ("tag:nope OR truce", "tag:nope")] {
        let ran = desk.run(&["mute", query, "--for", "1h"]);
        let said = format!("error: the config has no feed `{name}`\nhint: `marsad feeds` lists them; a tag is `tag:NAME`\n");
        assert_eq!((ran.code, ran.err), (Some(1), said), "{query}");
    }
    for query in ["feed:enab AND truce", "tag:syria AND truce", "feed:en* AND truce"] {
        assert_eq!(desk.run(&["mute", query, "--for", "1h"]).code, Some(0), "{query}");
    }
}

#[test]
fn a_hint_names_what_can_be_done_where_it_is_given() {
    let desk = filled();
    let private = desk.run(&["feed", "add", "http://127.0.0.1/rss"]);
    assert!(private.code == Some(3) && private.err.contains("hint: if it is meant, add `--allow-private`\n"), "{private:?}");
    assert!(!private.err.contains("allow_private = true"), "{private:?}");
    let named = desk.run(&["articles", "--help"]).out;
    let example = named.split("--feed \"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    assert!(marsad::config::default_text().contains(&format!("name = \"{example}\"")), "{example}");
}

#[test]
fn an_archive_below_a_file_is_no_archive_whatever_is_to_be_done_with_it() {
    let desk = Desk::new();
    desk.write("notes.txt", "mine");
    for arguments in [&["run"][..], &["once"], &["status"], &["alerts"]] {
        let ran = desk.run(&[arguments, &["--db", "notes.txt/x.db"]].concat());
        assert!(ran.code == Some(4) && !ran.err.contains("form list"), "{arguments:?}: {ran:?}");
    }
    assert_eq!(std::fs::read_to_string(desk.path("notes.txt")).unwrap(), "mine");
}

#[test]
fn what_is_no_xml_is_not_called_a_document_of_another_kind() {
    let desk = Desk::bare();
    for text in ["<\u{85}>", "<\u{202e}/>", "a <\u{1}\u{85}> b", "\u{fffd}<\u{fffd}q\u{fffd}>"] {
        let ran = desk.feed(&["feed", "parse", "-"], text);
        assert!(ran.code == Some(1) && ran.err.contains("not a feed: no markup in it"), "{text:?}: {ran:?}");
    }
    assert!(desk.feed(&["feed", "parse", "-"], "<kml:kml/>").err.contains("an XML document of another kind (`kml`)"));
}
