//! What a disk holds after the power went: the writes and syncs of a process, recorded by strace, replayed up to a cut.
//!
//! What a file's last fsync covered is there; each later write may be there, or not, or in part. A disk writes sectors of
//! 512 bytes, in any order (SQLite, "Atomic Commit In SQLite", section 2).

use std::{collections::BTreeMap, path::Path};

/// The system calls that change files, and those that carry messages.
pub const CALLS: &str = "openat,pwrite64,write,writev,sendto,sendmsg,fsync,fdatasync,ftruncate,unlink,unlinkat,rename,renameat,renameat2";

const SECTOR: usize = 512;

/// One step of a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    Write {
        file: String,
        at: usize,
        data: Vec<u8>,
    },
    Truncate {
        file: String,
        length: usize,
    },
    Sync {
        file: String,
    },
    /// Of the folder: what was unlinked before stays so.
    SyncFolder,
    Unlink {
        file: String,
    },
    Rename {
        from: String,
        to: String,
    },
    /// Bytes on a socket.
    Sent(Vec<u8>),
}

/// What becomes of writes that were not synced at the cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsynced {
    All,
    None,
    /// Whole writes, some of them.
    Some,
    /// Sectors of writes, some of them.
    Torn,
}

/// A small generator (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", SplitMix64).
pub struct Chance(pub u64);

impl Chance {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn coin(&mut self) -> bool {
        self.next() & 1 == 0
    }
}

/// Reads a trace written by `strace -f -y -xx -s 1000000 -e trace=CALLS -o FILE`; of files, those in `folder` alone.
pub fn steps(trace: &str, folder: &Path) -> Vec<Step> {
    let mut waiting: BTreeMap<&str, String> = BTreeMap::new();
    let mut steps = Vec::new();
    for line in trace.lines() {
        let Some((thread, call)) = line.split_once(' ') else { continue };
        let call = call.trim_start();
        if let Some(start) = call.strip_suffix(" <unfinished ...>") {
            waiting.insert(thread, start.to_owned());
        } else if let Some((_, end)) = call.strip_prefix("<... ").and_then(|rest| rest.split_once(" resumed>")) {
            let whole = waiting.remove(thread).unwrap_or_default() + end;
            steps.extend(step(&whole, folder));
        } else {
            steps.extend(step(call, folder));
        }
    }
    steps
}

fn step(call: &str, folder: &Path) -> Option<Step> {
    let (name, rest) = call.split_once('(')?;
    let (arguments, result) = rest.rsplit_once(" = ")?;
    if result.starts_with('-') {
        return None;
    }
    let arguments = arguments.trim_end().trim_end_matches(')');
    let file = || in_folder(arguments, folder);
    match name {
        "pwrite64" => {
            let (_, tail) = arguments.rsplit_once("\", ")?;
            let at = tail.split(", ").nth(1)?.parse().ok()?;
            Some(Step::Write { file: file()?, at, data: written(arguments, result) })
        }
        "write" | "sendto" | "sendmsg" | "writev" if is_socket(arguments) => Some(Step::Sent(written(arguments, result))),
        "fsync" | "fdatasync" if Path::new(&behind(arguments)?) == folder => Some(Step::SyncFolder),
        "fsync" | "fdatasync" => Some(Step::Sync { file: file()? }),
        "ftruncate" => Some(Step::Truncate { file: file()?, length: arguments.rsplit(", ").next()?.parse().ok()? }),
        "unlink" | "unlinkat" => Some(Step::Unlink { file: named(arguments, folder).pop()? }),
        "rename" | "renameat" | "renameat2" => {
            let mut names = named(arguments, folder);
            let to = names.pop()?;
            Some(Step::Rename { from: names.pop()?, to })
        }
        "write" => {
            // Plain writes append: the files that are written so (the lock, the last good config) are no part of the archive.
            Some(Step::Write { file: file()?, at: 0, data: written(arguments, result) })
        }
        _ => None,
    }
}

/// What stands behind the descriptor: a path, or `socket:…`.
fn behind(arguments: &str) -> Option<String> {
    let (_, rest) = arguments.split_once('<')?;
    Some(text(rest.split_once('>')?.0))
}

fn is_socket(arguments: &str) -> bool {
    behind(arguments).is_some_and(|name| name.starts_with("socket:") || name.starts_with("TCP:"))
}

/// The name of the file behind the descriptor, where it lies in the folder itself.
fn in_folder(arguments: &str, folder: &Path) -> Option<String> {
    name_in(&behind(arguments)?, folder)
}

/// The names in quotes that lie in the folder.
fn named(arguments: &str, folder: &Path) -> Vec<String> {
    arguments.split('"').skip(1).step_by(2).filter_map(|path| name_in(&text(path), folder)).collect()
}

fn name_in(path: &str, folder: &Path) -> Option<String> {
    let path = Path::new(path);
    (path.parent()? == folder).then(|| path.file_name().unwrap().to_str().unwrap().to_owned())
}

fn text(hex: &str) -> String {
    String::from_utf8_lossy(&unescape(hex)).into_owned()
}

/// The bytes in quotes, as many as the call wrote.
fn written(arguments: &str, result: &str) -> Vec<u8> {
    let mut data: Vec<u8> = arguments.split('"').skip(1).step_by(2).flat_map(unescape).collect();
    data.truncate(result.split_whitespace().next().and_then(|word| word.parse().ok()).unwrap_or(0));
    data
}

/// `\x41\x42` as bytes.
fn unescape(text: &str) -> Vec<u8> {
    text.split("\\x").skip(1).filter_map(|hex| u8::from_str_radix(hex.get(..2)?, 16).ok()).collect()
}

/// A file: what is safe, and what came since.
#[derive(Debug, Default, Clone)]
struct File {
    safe: Option<Vec<u8>>,
    since: Vec<Step>,
}

impl File {
    /// The last unlink is safe now, and with it nothing of what came before.
    fn settle_unlink(&mut self) {
        if let Some(last) = self.since.iter().rposition(|step| matches!(step, Step::Unlink { .. })) {
            self.since.drain(..=last);
            self.safe = None;
        }
    }
}

/// The files of a folder.
#[derive(Debug, Default, Clone)]
pub struct Disk {
    files: BTreeMap<String, File>,
}

impl Disk {
    /// The files of `folder` as they lie there, all safe.
    pub fn of(folder: &Path) -> Self {
        let mut disk = Self::default();
        for entry in std::fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            // The shared memory of the write-ahead log is made anew by whoever opens the archive first.
            if path.is_file() && !name.ends_with("-shm") {
                disk.files.insert(name, File { safe: Some(std::fs::read(&path).unwrap()), since: Vec::new() });
            }
        }
        disk
    }

    /// Takes one step.
    pub fn step(&mut self, step: &Step) {
        match step {
            Step::Write { file, .. } | Step::Truncate { file, .. } | Step::Unlink { file } => {
                self.files.entry(file.clone()).or_default().since.push(step.clone());
            }
            Step::Sync { file } => {
                let file = self.files.entry(file.clone()).or_default();
                for step in std::mem::take(&mut file.since) {
                    apply(&mut file.safe, &step, &mut |_| true);
                }
                file.safe.get_or_insert_default();
            }
            Step::SyncFolder => self.files.values_mut().for_each(File::settle_unlink),
            Step::Rename { from, to } => {
                let file = self.files.remove(from).unwrap_or_default();
                self.files.insert(to.clone(), file);
            }
            Step::Sent(_) => {}
        }
    }

    /// Puts into `folder` what is there after the power went now.
    pub fn put(&self, folder: &Path, unsynced: Unsynced, chance: &mut Chance) {
        std::fs::create_dir_all(folder).unwrap();
        for (name, file) in &self.files {
            if name.ends_with("-shm") {
                continue;
            }
            let mut content = file.safe.clone();
            for step in &file.since {
                let kept = match unsynced {
                    Unsynced::All => true,
                    Unsynced::None => false,
                    Unsynced::Some => chance.coin(),
                    // Writes part by sectors, below; the rest is whole or not at all.
                    Unsynced::Torn => matches!(step, Step::Write { .. }) || chance.coin(),
                };
                if kept {
                    apply(&mut content, step, &mut |_| unsynced != Unsynced::Torn || chance.coin());
                }
            }
            if let Some(content) = content {
                std::fs::write(folder.join(name), content).unwrap();
            }
        }
    }
}

/// Applies a step to a file, of a write those sectors that `keep` wants.
fn apply(content: &mut Option<Vec<u8>>, step: &Step, keep: &mut dyn FnMut(usize) -> bool) {
    match step {
        Step::Write { at, data, .. } => {
            let bytes = content.get_or_insert_default();
            for (n, sector) in data.chunks(SECTOR).enumerate() {
                if keep(n) {
                    let start = at + n * SECTOR;
                    if bytes.len() < start + sector.len() {
                        bytes.resize(start + sector.len(), 0);
                    }
                    bytes[start..start + sector.len()].copy_from_slice(sector);
                }
            }
        }
        Step::Truncate { length, .. } => content.get_or_insert_default().resize(*length, 0),
        Step::Unlink { .. } => *content = None,
        Step::Sync { .. } | Step::SyncFolder | Step::Rename { .. } | Step::Sent(_) => {}
    }
}
