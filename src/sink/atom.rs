//! Alerts as a feed of our own: one Atom file (RFC 4287) that any reader can follow, with the newest entries and no more.
//! It is written beside its place and moved there whole, so nobody ever reads half of it.

use super::{
    Message, Receipt, SendError, Sending, Shape, Sink,
    anew::{anew, folder_of, lock_folder},
    dead, retry, told,
};
use crate::engine::alert::{encode::xml, json::rfc3339, plain::severity_word};
use sha2::{Digest, Sha256};
use std::{
    fs::{self, File},
    io::{ErrorKind, Read, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// What every file of ours begins with: nothing else is ever written over.
const HEAD: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<!-- written by marsad -->\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\n";
const ENTRY: &str = "<entry>\n";
const END_ENTRY: &str = "</entry>\n";
const TAIL: &str = "</feed>\n";

/// The largest file that is read back, in bytes.
const MAX_BYTES: u64 = 16 << 20;

/// How long somebody else who has the folder locked is waited for.
const PATIENCE: Duration = Duration::from_secs(1);

/// The file.
#[derive(Debug, Clone)]
pub struct Atom {
    path: PathBuf,
    entries: usize,
    /// Held from reading the file until the new one is in its place: a lane may send several messages at once, and each would write
    /// what it read with its own entry alone.
    turn: Arc<Mutex<()>>,
}

impl Atom {
    /// A feed in the file `path` with at most `entries` entries.
    pub(super) fn new(path: &Path, entries: usize) -> Self {
        Atom { path: path.to_owned(), entries, turn: Arc::default() }
    }

    fn add(&self, message: &Message) -> Result<Receipt, SendError> {
        let (id, entry) = entry(message)?;
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let _alone = self.alone();
        let mut entries = self.read()?;
        entries.retain(|other| !other.contains(&format!("<id>{id}</id>")));
        entries.insert(0, entry);
        entries.truncate(self.entries);
        self.write(&entries).map_err(|error| retry(format!("cannot write {}: {error}", self.path.display())))?;
        Ok(id)
    }

    /// Keeps those away who write this file and know nothing of [`Atom::turn`]: `marsad sinks test`, and a sink that has the same one.
    /// The folder is what is locked, as the file is another one after each entry. Nothing where it cannot be, or somebody holds it for
    /// long: whoever may read a folder may lock it, and nobody shall keep alerts back by that.
    fn alone(&self) -> Option<File> {
        lock_folder(folder_of(&self.path), PATIENCE, |_| {}).ok().flatten()
    }

    /// The entries that are there, the newest first.
    fn read(&self) -> Result<Vec<String>, SendError> {
        let name = self.path.display();
        let file = match File::open(&self.path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            file => file.map_err(|error| retry(format!("cannot read {name}: {error}")))?,
        };
        let mut text = String::new();
        let read = file.take(MAX_BYTES).read_to_string(&mut text);
        if read.is_err() || !(text.is_empty() || text.starts_with(HEAD)) {
            return Err(dead(format!("{name} was not written by marsad and is left alone; move it, or name another `path`")));
        }
        // Text of feeds is encoded, so no line of it can look like one of these.
        let entries = text.split(ENTRY).skip(1).filter_map(|rest| rest.split_once(END_ENTRY));
        Ok(entries.map(|(inner, _)| format!("{ENTRY}{inner}{END_ENTRY}")).collect())
    }

    fn write(&self, entries: &[String]) -> std::io::Result<()> {
        let mut beside = self.path.clone().into_os_string();
        beside.push(".new");
        let beside = PathBuf::from(beside);
        let mut file = anew(&beside, 0o644)?;
        file.write_all(self.document(entries).as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, &self.path)
    }

    fn document(&self, entries: &[String]) -> String {
        let updated = entries.iter().filter_map(|entry| updated(entry)).max().unwrap_or("1970-01-01T00:00:00Z");
        let id = uuid(&format!("feed {}", self.path.display()));
        format!(
            "{HEAD}<id>{id}</id>\n<title>marsad</title>\n<author><name>marsad</name></author>\n<updated>{updated}</updated>\n{}{TAIL}",
            entries.concat()
        )
    }
}

impl Sink for Atom {
    fn shape(&self) -> Shape {
        Shape::ByStory { at_once: usize::MAX }
    }

    fn send<'a>(&'a self, message: &'a Message) -> Sending<'a> {
        let (atom, message) = (self.clone(), message.clone());
        Box::pin(async move {
            let added = tokio::task::spawn_blocking(move || atom.add(&message)).await;
            added.map_err(|error| retry(format!("writing the feed stopped: {error}")))?
        })
    }
}

/// Id and text of the entry for a message. One that replaces an earlier message keeps its id: readers update theirs.
///
/// # Errors
/// A message without an alert.
pub fn entry(message: &Message) -> Result<(String, String), SendError> {
    let said = told(message)?;
    let id = message.replaces.clone().filter(|receipt| receipt.starts_with("urn:uuid:") && receipt.len() == 45);
    let id = id.filter(|id| id.chars().all(|c| c.is_ascii_alphanumeric() || ":-".contains(c))).unwrap_or_else(|| uuid(&message.key));
    let at_ms = message.alerts.iter().map(|alert| alert.alerted_ms).max().unwrap_or(0);
    let at = rfc3339(at_ms).unwrap_or_else(|| "1970-01-01T00:00:00Z".into());
    let mut text = format!("{ENTRY}<id>{id}</id>\n<updated>{at}</updated>\n<title>{}</title>\n", xml(&said.title));
    if let Some(link) = &said.link {
        text += &format!("<link rel=\"alternate\" href=\"{}\"/>\n", xml(link));
    }
    let mut rules: Vec<&str> = message.alerts.iter().map(|alert| alert.rule.as_str()).collect();
    rules.sort_unstable();
    rules.dedup();
    for term in rules.into_iter().chain([severity_word(said.severity)]) {
        text += &format!("<category term=\"{}\"/>\n", xml(term));
    }
    text += &format!("<content type=\"text\">{}</content>\n{END_ENTRY}", xml(said.head()));
    Ok((id, text))
}

fn updated(entry: &str) -> Option<&str> {
    Some(entry.split_once("<updated>")?.1.split_once("</updated>")?.0)
}

/// An id made of `name` alone: a UUID of version 8 (RFC 9562, section 5.8) over its SHA-256.
fn uuid(name: &str) -> String {
    let hash = Sha256::digest(name.as_bytes());
    let mut bytes: [u8; 16] = std::array::from_fn(|i| hash[i]);
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
    format!("urn:uuid:{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::alert::{encode::tests::hostile, plain::tests::alert};
    use proptest::prelude::*;
    use rustix::fs::{FlockOperation, flock};

    fn message(key: &str, title: &str) -> Message {
        Message {
            key: key.into(),
            alerts: vec![alert("idlib", title, &[])],
            earlier_rules: vec![],
            replaces: None,
            digest: false,
            sent_ms: 0,
        }
    }

    #[test]
    fn a_repeat_is_one_entry_a_follow_up_keeps_its_id_and_old_ones_go() {
        let folder = tempfile::tempdir().unwrap();
        let atom = Atom::new(&folder.path().join("alerts.atom"), 3);
        let first = atom.add(&message("a", "one")).unwrap();
        assert_eq!(atom.add(&message("a", "one")).unwrap(), first);
        let mut follow = message("b", "one, more of it");
        follow.replaces = Some(first.clone());
        assert_eq!(atom.add(&follow).unwrap(), first);
        assert_eq!(atom.read().unwrap().len(), 1);
        for n in 0..5 {
            atom.add(&message(&format!("k{n}"), &format!("title {n}"))).unwrap();
        }
        let text = fs::read_to_string(folder.path().join("alerts.atom")).unwrap();
        assert_eq!(text.matches("<title>title").count(), 3);
        assert!(text.contains("title 4") && !text.contains("title 1"));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn entries_that_are_written_at_once_are_all_there() {
        let folder = tempfile::tempdir().unwrap();
        let atom = || Atom::new(&folder.path().join("alerts.atom"), 100);
        // Of one lane, and of another that has the same file, as `marsad sinks test` has beside a daemon.
        let writers = [atom(), atom()].into_iter().flat_map(|atom| [atom.clone(), atom]);
        std::thread::scope(|scope| {
            for (writer, atom) in writers.enumerate() {
                scope.spawn(move || (0..10).for_each(|n| drop(atom.add(&message(&format!("{writer}-{n}"), "one")).unwrap())));
            }
        });
        assert_eq!(atom().read().unwrap().len(), 40);
    }

    #[test]
    fn who_locks_the_folder_keeps_no_alert_back() {
        let folder = tempfile::tempdir().unwrap();
        let theirs = File::open(folder.path()).unwrap();
        flock(&theirs, FlockOperation::LockExclusive).unwrap();
        let atom = Atom::new(&folder.path().join("alerts.atom"), 100);
        atom.add(&message("a-1", "one")).unwrap();
        assert_eq!(atom.read().unwrap().len(), 1);
    }

    #[test]
    fn a_file_of_somebody_elses_is_left_alone() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "my thesis").unwrap();
        assert!(matches!(Atom::new(file.path(), 3).add(&message("a", "one")), Err(SendError::Dead { .. })));
        assert_eq!(fs::read_to_string(file.path()).unwrap(), "my thesis");
    }

    #[test]
    fn a_link_that_lies_in_its_way_leads_nowhere() {
        let folder = tempfile::tempdir().unwrap();
        let [path, beside, victim] = ["alerts.atom", "alerts.atom.new", "victim"].map(|name| folder.path().join(name));
        fs::write(&victim, "my thesis").unwrap();
        std::os::unix::fs::symlink(&victim, &beside).unwrap();
        Atom::new(&path, 3).add(&message("a", "one")).unwrap();
        assert_eq!(fs::read_to_string(&victim).unwrap(), "my thesis");
        assert!(path.symlink_metadata().unwrap().is_file() && !beside.exists());
    }

    proptest! {
        #[test]
        fn no_title_is_markup_in_it(title in hostile(), hit in hostile()) {
            let mut message = message("a", &title);
            message.alerts[0].rule = hit;
            let (_, text) = entry(&message).unwrap();
            prop_assert_eq!((text.matches(ENTRY).count(), text.matches(END_ENTRY).count(), text.matches("<title>").count()), (1, 1, 1));
            let mut reader = quick_xml::Reader::from_str(&text);
            loop {
                match reader.read_event() {
                    Ok(quick_xml::events::Event::Eof) => break,
                    Ok(_) => {}
                    Err(error) => prop_assert!(false, "{error}: {text}"),
                }
            }
        }
    }
}
