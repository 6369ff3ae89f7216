//! The `index` transaction: folded words of articles into the full-text index, in chunks, behind the alerts.

use super::Result;
use crate::{
    abort,
    engine::{
        lang::fold::{BLANK, Folded},
        prehashed::BuildPrehashed,
    },
};
use foldhash::quality::RandomState;
use rusqlite::{Connection, params};
use std::{collections::HashSet, hash::BuildHasher};

/// The most text of one chunk in bytes, while others wait for the writer: with it a chunk holds the writer for under 50 ms.
pub const CHUNK_BYTES: usize = 512 * 1024;

/// The same where nobody waits: larger chunks leave less to merge.
pub const LARGE_CHUNK_BYTES: usize = 2 * 1024 * 1024;

/// The least text that an article is taken for, in bytes: so the number of articles of a chunk is bounded too.
const LEAST_BYTES: usize = 2048;

/// Articles waiting to be indexed.
#[derive(Debug)]
pub struct Waiting {
    articles: Vec<(Text, String)>,
}

/// Which text of an article: as it stood after its last edit.
#[derive(Debug, Clone, Copy)]
struct Text {
    article: i64,
    edited_ms: Option<i64>,
}

/// Articles made ready: their distinct words.
#[derive(Debug)]
pub struct Ready {
    articles: Vec<(Text, String)>,
    /// Words that no chunk of this process and no archive before it had.
    new_words: String,
}

/// The words that the archive's vocabulary holds, as hashes: 8 bytes a word in place of a look-up a word. They are others in each
/// process, so that nobody can know a word that would stand in the place of another.
#[derive(Debug, Default)]
pub struct Vocabulary {
    hashes: HashSet<u64, BuildPrehashed>,
    hasher: RandomState,
}

impl Vocabulary {
    /// Reads the vocabulary of the archive.
    ///
    /// # Errors
    /// When the archive cannot be read.
    pub fn load(connection: &Connection) -> Result<Vocabulary> {
        let mut vocabulary = Vocabulary::default();
        let Vocabulary { hashes, hasher } = &mut vocabulary;
        each_chunk(connection, |words| hashes.extend(words.lines().map(|word| hasher.hash_one(word))))?;
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
    let mut query = connection.prepare_cached(
        "SELECT u.article, a.title, a.text, a.edited_ms FROM unindexed u LEFT JOIN article a ON a.n = u.article ORDER BY u.article",
    )?;
    let mut rows = query.query([])?;
    let (mut articles, mut bytes) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        let (title, text): (Option<String>, Option<String>) = (row.get(1)?, row.get(2)?);
        // Pruned in the meantime: nothing to index, and its row here goes.
        let whole = format!("{}\n\n{}", title.unwrap_or_default(), text.unwrap_or_default());
        bytes += whole.len().max(LEAST_BYTES);
        articles.push((Text { article: row.get(0)?, edited_ms: row.get(3)? }, whole));
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
            let hash = vocabulary.hasher.hash_one(word);
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
        // Most words of a text stand in it several times.
        words.shrink_to_fit();
        articles.push((article, words));
    }
    Ready { articles, new_words }
}

/// Writes a chunk. An edited article's earlier words go. One that was edited since it was read goes on waiting, for its new text.
///
/// # Errors
/// When the archive refuses a statement; then the vocabulary must be loaded again.
pub fn write(connection: &Connection, ready: &Ready) -> Result<usize> {
    abort::point("index.begin");
    let mut done = connection.prepare_cached("DELETE FROM unindexed WHERE article = ?1")?;
    let mut forget = connection.prepare_cached("DELETE FROM article_fts WHERE rowid = ?1")?;
    let mut put = connection.prepare_cached("INSERT INTO article_fts (rowid, words) VALUES (?1, ?2)")?;
    let mut edited = connection.prepare_cached("SELECT edited_ms FROM article WHERE n = ?1")?;
    for (Text { article, edited_ms }, words) in &ready.articles {
        let known: Option<Option<i64>> = rusqlite::OptionalExtension::optional(edited.query_row([article], |row| row.get(0)))?;
        if known.is_some_and(|now_ms| now_ms != *edited_ms) {
            continue;
        }
        done.execute([article])?;
        if known.is_none() {
            continue;
        }
        if edited_ms.is_some() {
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

#[cfg(test)]
mod tests {
    use super::{
        super::{Result, open},
        *,
    };

    #[test]
    fn an_article_that_is_edited_while_its_words_are_folded_is_indexed_anew() -> Result<()> {
        let folder = tempfile::tempdir().unwrap();
        let archive = open::read_write(&folder.path().join("a.db"))?;
        archive.execute_batch(
            "INSERT INTO feed (n, id, url, next_poll_ms) VALUES (1, 'f', 'https://a.example/', 0); INSERT INTO story VALUES (1, NULL, 0);
             INSERT INTO article (n, feed, story, title, text, categories, first_seen_ms) VALUES (1, 1, 1, 'Rain', '', '[]', 0);
             INSERT INTO unindexed VALUES (1);",
        )?;
        let mut vocabulary = Vocabulary::load(&archive)?;
        let mut chunk = |meanwhile: &str| -> Result<usize> {
            let Some(waiting) = next(&archive, CHUNK_BYTES)? else { return Ok(0) };
            let ready = prepare(waiting, &mut vocabulary);
            archive.execute_batch(meanwhile)?;
            write(&archive, &ready)
        };
        let edit = |title: &str, ms: i64| {
            format!("UPDATE article SET title = '{title}', edited_ms = {ms} WHERE n = 1; INSERT OR IGNORE INTO unindexed VALUES (1);")
        };
        chunk(&edit("Snow", 7))?;
        chunk(&edit("Hail", 8))?;
        while chunk("")? > 0 {}
        let finds =
            |word: &str| -> Result<bool> { Ok(archive.prepare("SELECT 1 FROM article_fts WHERE article_fts MATCH ?1")?.exists([word])?) };
        assert!(finds("hail")? && !finds("snow")? && !finds("rain")?);
        chunk(&edit("Fog", 9))?;
        while chunk("")? > 0 {}
        archive.execute_batch(&edit("Frost", 10))?;
        chunk("DELETE FROM article")?;
        assert_eq!(chunk("")?, 0, "it was pruned meanwhile");
        Ok(())
    }
}
