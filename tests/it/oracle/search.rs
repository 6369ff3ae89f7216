//! What a rule matches, search finds: a real archive with a real index, asked with random expressions.

use super::{
    cases,
    random::{Kind, expression, piece, rule},
};
use crate::{
    fuzzed::checks::matcher::sound,
    support::oracle::words::{LEXICON, Piece, SEEN_MS},
};
use marsad::{
    engine::rule::{RuleSpec, compile},
    store::{index, open, search::search},
};
use proptest::{collection::vec, prelude::*};
use rusqlite::{Connection, params};
use std::collections::HashMap;

/// Puts the articles into the archive; all but the last are in the index too.
fn fill(archive: &Connection, pieces: &[Piece]) {
    archive.execute_batch("INSERT INTO feed (n, id, url, next_poll_ms) VALUES (1, 'enab', 'u', 0), (2, 'trt', 'u', 0)").unwrap();
    for (n, piece) in pieces.iter().enumerate() {
        let (n, feed, subject) = (n as i64 + 1, if piece.feed == "enab" { 1 } else { 2 }, piece.subject());
        let categories = serde_json::to_string(&piece.categories.split('\n').collect::<Vec<_>>()).unwrap();
        let article = "INSERT INTO article (n, feed, story, title, text, url, author, categories, language, published_ms, first_seen_ms)
                       VALUES (?1, ?2, ?1, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
        let given =
            params![n, feed, piece.title, piece.text, subject.url, piece.author, categories, piece.language, piece.published_ms, SEEN_MS];
        archive.execute("INSERT INTO story VALUES (?1, NULL, 0)", [n]).unwrap();
        archive.execute(article, given).unwrap();
        archive.execute("INSERT INTO unindexed VALUES (?1)", [n]).unwrap();
    }
    let mut vocabulary = index::Vocabulary::load(archive).unwrap();
    while let Some(waiting) = index::next(archive, index::CHUNK_BYTES).unwrap() {
        index::write(archive, &index::prepare(waiting, &mut vocabulary)).unwrap();
    }
    archive.execute("INSERT INTO unindexed VALUES (?1)", [pieces.len() as i64]).unwrap();
}

proptest! {
    #![proptest_config(cases(30))]

    #[test]
    fn search_finds_exactly_what_the_rule_matches(
        mut pieces in vec(piece(), 20..30),
        expressions in vec(expression(Kind::Any), 30),
        rules in vec(rule(Kind::Any), 10),
    ) {
        // The tags are the feed's, so they are the same for all of its articles.
        let tags: HashMap<String, Vec<String>> = [("enab".to_owned(), vec!["syria".to_owned()])].into();
        pieces.iter_mut().for_each(|piece| piece.tags = tags.get(piece.feed).cloned().unwrap_or_default());
        let folder = tempfile::tempdir().unwrap();
        let archive = open::read_write(&folder.path().join("marsad.db")).unwrap();
        fill(&archive, &pieces);
        let written = expressions.into_iter().map(|when| RuleSpec { id: "q".into(), when: Some(when), ..RuleSpec::default() });
        for spec in sound(written.chain(rules).collect()) {
            let query = compile(std::slice::from_ref(&spec), &LEXICON).unwrap();
            let found: Vec<i64> = search(&archive, &query, &tags, usize::MAX).unwrap().iter().map(|found| found.article.id).collect();
            let matched: Vec<i64> =
                (0..pieces.len()).rev().filter(|n| !query.matches(&pieces[*n].subject()).is_empty()).map(|n| n as i64 + 1).collect();
            prop_assert_eq!(found, matched, "{:?}", spec);
        }
    }
}
