//! The `index` transaction: folded words of articles into the full-text index, in chunks, behind the alerts.

use super::Result;
use crate::{
    abort,
    engine::{
        lang::fold::{BLANK, Folded},
        prehashed::BuildPrehashed,
    },
};
use rusqlite::{Connection, params};
use std::{
    collections::HashSet,
    hash::{BuildHasher, BuildHasherDefault, DefaultHasher},
};

/// The most text of one chunk in bytes, while others wait for the writer: with it a chunk holds the writer for under 50 ms.
pub const CHUNK_BYTES: usize = 512 * 1024;

/// The same where nobody waits: larger chunks leave less to merge.
pub const LARGE_CHUNK_BYTES: usize = 4 * 1024 * 1024;

/// The least text that an article is taken for, in bytes: so the number of articles of a chunk is bounded too.
const LEAST_BYTES: usize = 2048;

/// Articles waiting to be indexed.
#[derive(Debug)]
pub struct Waiting {
    articles: Vec<(i64, String)>,
}

/// Articles made ready: their distinct words.
#[derive(Debug)]
pub struct Ready {
    articles: Vec<(i64, String)>,
    /// Words that no chunk of this process and no archive before it had.
    new_words: String,
}

/// The words that the archive's vocabulary holds, as hashes: 8 bytes a word in place of a look-up a word.
#[derive(Debug, Default)]
pub struct Vocabulary {
    hashes: HashSet<u64, BuildPrehashed>,
}

fn hash(word: &str) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(word)
}

impl Vocabulary {
    /// Reads the vocabulary of the archive.
    ///
    /// # Errors
    /// When the archive cannot be read.
    pub fn load(connection: &Connection) -> Result<Vocabulary> {
        let mut vocabulary = Vocabulary::default();
        each_chunk(connection, |words| vocabulary.hashes.extend(words.lines().map(hash)))?;
        Ok(vocabulary)
    }

    /// Whether a word with this hash is new; it is known from now on.
    fn add(&mut self, hash: u64) -> bool {
        self.hashes.insert(hash)
    }
}

/// Runs over the vocabulary, many words at a time, one a line.
///
/// # Errors
/// When the archive cannot be read.
pub fn each_chunk(connection: &Connection, mut visit: impl FnMut(&str)) -> Result<()> {
    let mut query = connection.prepare_cached("SELECT words FROM word ORDER BY n")?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        visit(row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?);
    }
    Ok(())
}

/// The next articles to index, oldest first, of about `most_bytes` in all; `None` when there are none.
///
/// # Errors
/// When the archive cannot be read.
pub fn next(connection: &Connection, most_bytes: usize) -> Result<Option<Waiting>> {
    let mut query = connection
        .prepare_cached("SELECT u.article, a.title, a.text FROM unindexed u LEFT JOIN article a ON a.n = u.article ORDER BY u.article")?;
    let mut rows = query.query([])?;
    let (mut articles, mut bytes) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        let (title, text): (Option<String>, Option<String>) = (row.get(1)?, row.get(2)?);
        // Pruned in the meantime: nothing to index, and its row here goes.
        let whole = format!("{}\n\n{}", title.unwrap_or_default(), text.unwrap_or_default());
        bytes += whole.len().max(LEAST_BYTES);
        articles.push((row.get(0)?, whole));
        if bytes >= most_bytes {
            break;
        }
    }
    Ok((!articles.is_empty()).then_some(Waiting { articles }))
}

/// Folds the articles: the dear part, done outside the transaction.
pub fn prepare(waiting: Waiting, vocabulary: &mut Vocabulary) -> Ready {
    let mut new_words = String::new();
    let mut articles = Vec::with_capacity(waiting.articles.len());
    let mut seen: HashSet<u64, BuildPrehashed> = HashSet::default();
    for (article, text) in waiting.articles {
        let folded = Folded::new(&text);
        seen.clear();
        let mut words = String::with_capacity(folded.text.len());
        for word in folded.iter() {
            let hash = hash(word);
            if !seen.insert(hash) {
                continue;
            }
            words.push_str(word);
            words.push(BLANK);
            if vocabulary.add(hash) {
                new_words.push_str(word);
                new_words.push('\n');
            }
        }
        articles.push((article, words));
    }
    Ready { articles, new_words }
}

/// Writes a chunk. An edited article's earlier words go.
///
/// # Errors
/// When the archive refuses a statement; then the vocabulary must be loaded again.
pub fn write(connection: &Connection, ready: &Ready) -> Result<usize> {
    abort::point("index.begin");
    let mut done = connection.prepare_cached("DELETE FROM unindexed WHERE article = ?1")?;
    let mut forget = connection.prepare_cached("DELETE FROM article_fts WHERE rowid = ?1")?;
    let mut put = connection.prepare_cached("INSERT INTO article_fts (rowid, words) VALUES (?1, ?2)")?;
    let mut edited = connection.prepare_cached("SELECT edited_ms IS NOT NULL FROM article WHERE n = ?1")?;
    for (article, words) in &ready.articles {
        done.execute([article])?;
        let known: Option<bool> = rusqlite::OptionalExtension::optional(edited.query_row([article], |row| row.get(0)))?;
        let Some(edited) = known else { continue };
        if edited {
            forget.execute([article])?;
        }
        put.execute(params![article, words])?;
        abort::point("index.article");
    }
    if !ready.new_words.is_empty() {
        connection.prepare_cached("INSERT INTO word (words) VALUES (?1)")?.execute([&ready.new_words])?;
    }
    abort::point("index.end");
    Ok(ready.articles.len())
}
