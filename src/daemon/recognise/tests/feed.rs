//! A feed and its archive, without the HTTP between.

use super::super::{look, recognise};
use crate::{
    engine::{
        entry::Entry,
        feed::{Backlog, Feed, FeedState},
        identify::Verdict,
    },
    store::{
        feed::{self, DocumentFacts, Polled},
        ingest::{Batch, Candidate, Report, ingest},
        memory::Memory,
        open, retention,
        writer::Db,
    },
};
use std::sync::{Arc, Mutex};

const HOUR_MS: i64 = 3600 * 1000;
/// Some Tuesday; 11 minutes past the hour, as an exact date is.
const START_MS: i64 = 1_780_000_000_000 / HOUR_MS * HOUR_MS + 11 * 60 * 1000;

/// An entry, with a date unless it says otherwise.
#[derive(Debug, Clone)]
pub struct E {
    guid: String,
    link: String,
    title: String,
    text: String,
    at_ms: Option<i64>,
}

/// A title that shares no two words with that of another number.
pub fn title(n: usize) -> String {
    format!("t{n}alpha t{n}beta t{n}gamma")
}

/// A text of thirty words that shares none with that of another number.
pub fn text(n: usize) -> String {
    (0..30).map(|word| format!("w{n}x{word}")).collect::<Vec<_>>().join(" ")
}

impl E {
    /// The entry of article `n` under an identifier and address, each left out where empty.
    pub fn of(guid: &str, link: &str, n: usize) -> E {
        E { guid: guid.into(), link: link.into(), title: title(n), text: text(n), at_ms: Some(START_MS + n as i64 * 1000) }
    }
    pub fn guid(self, guid: &str) -> E {
        E { guid: guid.into(), ..self }
    }
    pub fn link(self, link: &str) -> E {
        E { link: link.into(), ..self }
    }
    pub fn title(self, title: &str) -> E {
        E { title: title.into(), ..self }
    }
    pub fn text(self, text: &str) -> E {
        E { text: text.into(), ..self }
    }
    /// Dated so many hours after the start of the test.
    pub fn hour(self, hour: i64) -> E {
        E { at_ms: Some(START_MS + hour * HOUR_MS + 1000), ..self }
    }
    /// Dated by the day alone.
    pub fn day(self, day: i64) -> E {
        E { at_ms: Some((START_MS / (24 * HOUR_MS) + day) * 24 * HOUR_MS), ..self }
    }
    pub fn undated(self) -> E {
        E { at_ms: None, ..self }
    }
    fn entry(&self) -> Entry {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Entry {
            guid: some(&self.guid),
            url: some(&self.link),
            title: self.title.clone(),
            text: self.text.clone(),
            published_ms: self.at_ms,
            ..Entry::default()
        }
    }
}

/// A document of `count` entries.
pub fn page(count: usize, entry: impl Fn(usize) -> E) -> Vec<E> {
    (0..count).map(entry).collect()
}

/// One feed and an archive in a folder of its own.
pub struct Station {
    db: Db,
    memory: Arc<Mutex<Memory>>,
    now_ms: i64,
    /// New entries of the last document that are told in a summary at most.
    pub silent: usize,
    _folder: tempfile::TempDir,
}

impl Station {
    pub fn open() -> Station {
        let folder = tempfile::tempdir().unwrap();
        let connection = open::read_write(&folder.path().join("a.db")).unwrap();
        let feed = Feed { id: "f".into(), url: "https://a.example/rss".into(), backlog: Backlog::Alert, ..Feed::default() };
        feed::sync(&connection, &[feed], 0).unwrap();
        Station { db: Db::start(connection).unwrap(), memory: Arc::default(), now_ms: START_MS, silent: 0, _folder: folder }
    }

    pub fn state(&self) -> FeedState {
        self.db.call(|connection| feed::due(connection, i64::MAX / 2, i64::MAX / 2, 1)).wait().unwrap().remove(0).1
    }

    /// Reads a document, half an hour after the last.
    pub fn poll(&mut self, document: &[E]) -> Report {
        self.now_ms += HOUR_MS / 2;
        let state = self.state();
        let entries: Vec<Entry> = document.iter().map(E::entry).collect();
        let look = look(&self.db, &self.memory, &state, &entries, &[]).unwrap();
        let recognised = recognise(&self.db, &self.memory, &state, (entries, &look)).unwrap();
        let entries: Vec<Candidate> =
            (recognised.entries.into_iter().rev()).map(|(identified, verdict)| Candidate::new(identified, verdict, Vec::new())).collect();
        self.silent = entries.iter().filter(|entry| entry.verdict == (Verdict::New { silent: true })).count();
        let facts = DocumentFacts { first: !state.imported, ..DocumentFacts::default() };
        let asked = "https://a.example/rss".to_owned();
        let polled = Polled { asked, at_ms: self.now_ms, document: Some(facts), learned: Some(recognised.learned), ..Polled::default() };
        let batch = Batch {
            feed: state.row,
            feed_id: "f".into(),
            language: None,
            import: false,
            official: false,
            offered_after_ms: None,
            entries,
            polled,
        };
        let memory = self.memory.clone();
        self.db.call(move |connection| ingest(connection, &mut memory.lock().unwrap(), &batch)).wait().unwrap()
    }

    pub fn prune(&self) {
        self.db.call(|connection| retention::prune(connection, (i64::MAX, i64::MAX), false, 0)).wait().unwrap();
    }

    pub fn count(&self, sql: &'static str) -> i64 {
        self.db.call(move |connection| Ok(connection.query_row(sql, [], |row| row.get(0))?)).wait().unwrap()
    }

    /// How many keys the archive has.
    pub fn keys(&self) -> usize {
        self.memory.lock().unwrap().register.newest().filter(|mark| mark.feed() > 0).count()
    }

    /// Leaves the keys that the first version had.
    pub fn forget_later_kinds(&self) {
        let memory = self.memory.clone();
        let forget = move |connection: &rusqlite::Connection| {
            let register = &mut memory.lock().unwrap().register;
            let later: Vec<_> = register.newest().filter(|mark| mark.feed() > 0 && mark.kind() > 3).collect();
            later.into_iter().for_each(|mark| register.forget(mark));
            register.flush(connection)
        };
        self.db.call(forget).wait().unwrap();
    }

    pub fn run(&self, sql: &'static str) {
        self.db.call(move |connection| Ok(connection.execute_batch(sql)?)).wait().unwrap();
    }
}
