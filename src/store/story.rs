//! The `story` and `copy` tables, and the fingerprints in the register: which story an article belongs to, and whether its text is
//! another's.

use super::{
    Result,
    ingest::Candidate,
    json,
    memory::Memory,
    register::{Mark, Register},
};
use crate::engine::{
    entry::Fingerprint,
    figure::Unit,
    lang::primary,
    rule::Evidence,
    story::{
        EVENT_WINDOW_MS, Relation, STORY_WINDOW_MS,
        compare::{JOINS, compare},
        growth::{Growth, source},
        profile::Profile,
        window::{WINDOW_MS, Window},
    },
};
use rusqlite::{Connection, OptionalExtension};
use std::collections::BTreeMap;

/// The most articles of a story that are counted.
const MOST_MEMBERS: i64 = 10_000;

/// The most articles of a story that are counted each time one joins it: what is decided there costs the same, however large the
/// story is. Nobody asks for hundreds of sources.
const MOST_MEMBERS_JOINED: i64 = 500;

/// The most matches of a story whose figures are read.
const MOST_MATCHES: i64 = 200;

/// Where an article belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Its story.
    pub story: i64,
    /// The article whose text it has.
    pub copy_of: Option<i64>,
}

/// The story that a new article belongs to, or a new one; its fingerprints speak for it from now on.
///
/// A copy belongs to the oldest story that holds its text; stories that a copy proves to be one are merged into that. An article
/// that tells an event in other words joins the story of the most similar article, and never merges two.
///
/// # Errors
/// When the archive refuses a statement.
pub fn find_or_add(connection: &Connection, memory: &mut Memory, candidate: &Candidate, now_ms: i64) -> Result<Place> {
    let fingerprints = &candidate.identified.fingerprints;
    let published_ms = candidate.identified.entry.published_ms.map_or(now_ms, |at| at.min(now_ms));
    let spoken_for = find(connection, &memory.register, fingerprints, now_ms)?;
    let mut same: Vec<i64> = spoken_for.iter().flatten().copied().collect();
    let likeness = alike(connection, memory.recent.window(), candidate, published_ms, now_ms)?;
    let mut copy_of = likeness.copies.iter().map(|(article, _)| *article).min();
    same.extend(likeness.copies.iter().map(|(_, story)| *story));
    same.sort_unstable();
    same.dedup();
    if let (Some(story), None) = (same.first(), copy_of) {
        copy_of = first_article(connection, *story)?;
    }
    let story = match same[..] {
        [oldest, ref others @ ..] => {
            others.iter().try_for_each(|story| merge(connection, *story, oldest))?;
            oldest
        }
        [] => match likeness.story {
            Some(story) => story,
            None => {
                connection.prepare_cached("INSERT INTO story (first_seen_ms) VALUES (?1)")?.execute([now_ms])?;
                connection.last_insert_rowid()
            }
        },
    };
    put(&mut memory.register, story, fingerprints, &spoken_for);
    Ok(Place { story, copy_of })
}

/// Writes down that an article is a copy.
///
/// # Errors
/// When the archive refuses the statement.
pub fn mark_copy(connection: &Connection, article: i64, original: i64) -> Result<()> {
    connection
        .prepare_cached(
            "INSERT OR IGNORE INTO copy (article, original) VALUES (?1, ifnull((SELECT original FROM copy WHERE article = ?2), ?2))",
        )?
        .execute([article, original])?;
    Ok(())
}

/// Lets fingerprints speak for a story. One that speaks for another story of the window keeps doing so; an old one is taken over.
///
/// # Errors
/// When the archive cannot be read.
pub fn speak_for(connection: &Connection, register: &mut Register, story: i64, fingerprints: &[Fingerprint], now_ms: i64) -> Result<()> {
    let spoken_for = find(connection, register, fingerprints, now_ms)?;
    put(register, story, fingerprints, &spoken_for);
    Ok(())
}

fn put(register: &mut Register, story: i64, fingerprints: &[Fingerprint], spoken_for: &[Option<i64>]) {
    let silent = fingerprints.iter().zip(spoken_for).filter(|(_, story)| story.is_none());
    silent.for_each(|(print, _)| register.put(mark(*print), story));
}

/// For each fingerprint, the story of the window that it speaks for, after merges.
fn find(connection: &Connection, register: &Register, fingerprints: &[Fingerprint], now_ms: i64) -> Result<Vec<Option<i64>>> {
    let marks: Vec<Mark> = fingerprints.iter().map(|print| mark(*print)).collect();
    let stories = register.find_all(connection, &marks)?;
    stories.into_iter().map(|story| story.map_or(Ok(None), |story| in_window(connection, story, now_ms))).collect()
}

/// The story, or the one that it was merged into, where it is not too old.
fn in_window(connection: &Connection, story: i64, now_ms: i64) -> Result<Option<i64>> {
    let mut query = connection.prepare_cached("SELECT ifnull(merged_into, n) FROM story WHERE n = ?1 AND first_seen_ms >= ?2")?;
    Ok(query.query_row([story, now_ms - STORY_WINDOW_MS], |row| row.get(0)).optional()?)
}

/// A fingerprint counts in all feeds.
fn mark(print: Fingerprint) -> Mark {
    Mark::new(print.hash.cast_unsigned(), 0, print.kind)
}

/// What the newest articles are to a new one.
#[derive(Debug, Default)]
struct Likeness {
    /// Articles whose text it has, with their stories.
    copies: Vec<(i64, i64)>,
    /// The story of the most similar article on the same event.
    story: Option<i64>,
}

/// Compares a new article with what the window proposes, text by text.
fn alike(connection: &Connection, window: &Window, candidate: &Candidate, published_ms: i64, now_ms: i64) -> Result<Likeness> {
    let proposed = window.propose(&candidate.sketch);
    let (mut likeness, mut best, mut seen) = (Likeness::default(), 0.0, Vec::new());
    for article in proposed.copies.into_iter().chain(proposed.stories) {
        if seen.contains(&article) {
            continue;
        }
        seen.push(article);
        let Some(other) = Archived::read(connection, article)? else { continue };
        let found = compare(&candidate.profile, &other.profile, window, JOINS);
        let near = (published_ms - other.published_ms).abs() <= EVENT_WINDOW_MS && other.story_ms >= now_ms - WINDOW_MS;
        match found.relation {
            Relation::Copy | Relation::Excerpt if other.story_ms >= now_ms - STORY_WINDOW_MS => {
                likeness.copies.push((article, other.story))
            }
            Relation::Story if near && found.likeness > best => (best, likeness.story) = (found.likeness, Some(other.story)),
            _ => {}
        }
    }
    Ok(likeness)
}

/// An archived article, ready to be compared.
struct Archived {
    profile: Profile,
    /// The publisher's date, never after it was first seen.
    published_ms: i64,
    story: i64,
    /// When its story was first seen.
    story_ms: i64,
}

impl Archived {
    fn read(connection: &Connection, article: i64) -> Result<Option<Archived>> {
        let mut query = connection.prepare_cached(
            "SELECT a.title, a.text, min(ifnull(a.published_ms, a.first_seen_ms), a.first_seen_ms), s.n, s.first_seen_ms
             FROM article a JOIN story o ON o.n = a.story JOIN story s ON s.n = ifnull(o.merged_into, o.n) WHERE a.n = ?1",
        )?;
        let read = |row: &rusqlite::Row<'_>| {
            let text = |column| row.get_ref(column)?.as_str().map_err(rusqlite::Error::from);
            let profile = Profile::new(text(0)?, text(1)?);
            Ok(Archived { profile, published_ms: row.get(2)?, story: row.get(3)?, story_ms: row.get(4)? })
        };
        Ok(query.query_row([article], read).optional()?)
    }
}

/// The oldest article of a story that is still there.
fn first_article(connection: &Connection, story: i64) -> Result<Option<i64>> {
    let sql = "SELECT min(n) FROM article WHERE story = ?1";
    Ok(connection.prepare_cached(sql)?.query_row([story], |row| row.get(0))?)
}

/// Makes one story part of another. Alerts of both stay as they were raised, and are found under the one that is left.
fn merge(connection: &Connection, story: i64, into: i64) -> Result<()> {
    for sql in [
        "UPDATE story SET merged_into = ?2 WHERE n = ?1 OR merged_into = ?1",
        "UPDATE match SET story = ?2 WHERE story = ?1",
        "UPDATE alert SET story = ?2 WHERE story = ?1",
    ] {
        connection.prepare_cached(sql)?.execute([story, into])?;
    }
    Ok(())
}

/// What a story has come to. `official` are the ids of feeds that speak for an authority.
///
/// # Errors
/// When the archive cannot be read.
pub fn growth(connection: &Connection, story: i64, official: &[String]) -> Result<Growth> {
    let spread = spread(connection, story, official, MOST_MEMBERS)?;
    Ok(Growth { figures: figures(connection, story)?, ..spread })
}

/// [`Growth::independent_sources`], by itself and out of at most `MOST_MEMBERS_JOINED` articles.
///
/// # Errors
/// When the archive cannot be read.
pub fn independent_sources(connection: &Connection, story: i64) -> Result<usize> {
    Ok(spread(connection, story, &[], MOST_MEMBERS_JOINED)?.independent_sources)
}

/// What the articles of a story say of it, of no more than `most` of them.
fn spread(connection: &Connection, story: i64, official: &[String], most: i64) -> Result<Growth> {
    let mut query = connection.prepare_cached(
        "SELECT f.id, a.url, a.language, a.first_seen_ms, c.original IS NOT NULL
         FROM article a JOIN feed f ON f.n = a.feed LEFT JOIN copy c ON c.article = a.n
         WHERE a.story IN (SELECT n FROM story WHERE n = ?1 OR merged_into = ?1) LIMIT ?2",
    )?;
    let mut rows = query.query([story, most])?;
    let mut growth = Growth { first_seen_ms: i64::MAX, ..Growth::default() };
    let (mut sources, mut own, mut languages) = <(Vec<String>, Vec<String>, Vec<String>)>::default();
    while let Some(row) = rows.next()? {
        let (feed, url, language): (String, Option<String>, Option<String>) = (row.get(0)?, row.get(1)?, row.get(2)?);
        growth.members += 1;
        growth.official |= official.contains(&feed);
        growth.first_seen_ms = growth.first_seen_ms.min(row.get(3)?);
        let source = source(url.as_deref(), &feed);
        if !row.get::<_, bool>(4)? {
            own.push(source.clone());
        }
        sources.push(source);
        languages.extend(language.as_deref().map(primary));
    }
    let distinct = |mut list: Vec<String>| {
        list.sort_unstable();
        list.dedup();
        list
    };
    growth.sources = distinct(sources).len();
    growth.independent_sources = distinct(own).len();
    growth.languages = distinct(languages);
    Ok(growth)
}

/// Of each unit, the largest figure of the newest article whose evidence has one.
fn figures(connection: &Connection, story: i64) -> Result<BTreeMap<Unit, i64>> {
    let mut query = connection.prepare_cached("SELECT article, evidence FROM match WHERE story = ?1 ORDER BY article DESC LIMIT ?2")?;
    let mut rows = query.query([story, MOST_MATCHES])?;
    let mut newest = BTreeMap::<Unit, (i64, i64)>::new();
    while let Some(row) = rows.next()? {
        let article: i64 = row.get(0)?;
        // What cannot be read has no figures.
        let evidence: Vec<Evidence> = json::read(row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?).unwrap_or_default();
        for figure in evidence.iter().flat_map(|piece| &piece.figures) {
            let (of, value) = newest.entry(figure.unit).or_insert((article, figure.value));
            if *of == article {
                *value = figure.value.max(*value);
            }
        }
    }
    Ok(newest.into_iter().map(|(unit, (_, value))| (unit, value)).collect())
}
