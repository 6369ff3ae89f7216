//! An archive that is damaged, locked, read-only or half-migrated, and a process that ends badly again and again. The files
//! are damaged for real, on an archive that a round filled.

use crate::support::{
    newsroom::{Item, Newsroom, loaded},
    server::{Reply, Server},
    wait::{until, until_it_watches},
};
use marsad::{
    daemon::{self, DaemonError, World},
    store::{backups, open},
};
use rusqlite::Connection;
use std::{
    fs,
    os::unix::{
        fs::PermissionsExt,
        process::{CommandExt, ExitStatusExt},
    },
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};

mod bytes;
mod daily;
mod faults;
mod safe;
mod values;

const OLD: Item =
    Item { guid: "1", link: "https://news.example/1", title: "قصف في ريف إدلب", text: "خرق وقف إطلاق النار." };
const NEW: Item = Item { guid: "2", link: "https://news.example/2", title: "A ceasefire near Idlib", text: "Two rules in one." };
const THIRD: Item = Item { guid: "3", link: "https://news.example/3", title: "Another ceasefire", text: "Not about the first." };

/// A newsroom whose archive has told one article, is backed up, and has told another since.
struct House {
    room: Newsroom,
    config: String,
}

impl House {
    async fn open() -> House {
        let room = Newsroom::open();
        room.publish("a", &[OLD]);
        let config = room.config(&["a"], "alert");
        room.once(&config).await;
        backups::make(&room.archive(), 3, daemon::clock::now_ms(), &Arc::default()).unwrap();
        room.publish("a", &[NEW, OLD]);
        room.once(&config).await;
        fs::write(room.folder.path().join("marsad.toml"), &config).unwrap();
        // The round's writer closes behind it; then all is in one file.
        while room.archive().with_extension("db-wal").exists() {
            drop(open::read_write(&room.archive()).unwrap());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        House { room, config }
    }

    /// A copy of the archive and its backups in a folder of their own.
    fn copy(&self) -> Copy {
        let folder = tempfile::tempdir().unwrap();
        for part in ["", "backups"] {
            fs::create_dir_all(folder.path().join(part)).unwrap();
            for entry in fs::read_dir(self.room.archive().parent().unwrap().join(part)).unwrap().flatten() {
                if entry.file_type().unwrap().is_file() {
                    fs::copy(entry.path(), folder.path().join(part).join(entry.file_name())).unwrap();
                }
            }
        }
        Copy { archive: folder.path().join("marsad.db"), folder }
    }

    fn start(&self, arguments: &[&str], archive: &Path, abort_at: Option<&str>) -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_marsad"));
        command.args(arguments).arg("--config").arg(self.room.folder.path().join("marsad.toml")).arg("--db").arg(archive);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        if let Some(point) = abort_at {
            command.env("MARSAD_ABORT_AT", point);
        }
        command.spawn().unwrap()
    }

    /// The titles of the health alerts that the webhook got.
    fn health(&self) -> Vec<String> {
        let health = self.room.posts().into_iter().filter(|(_, alert)| alert["kind"] == "health");
        health.map(|(_, alert)| alert["title"].as_str().unwrap().to_owned()).collect()
    }
}

/// An archive to damage.
struct Copy {
    folder: tempfile::TempDir,
    archive: PathBuf,
}

impl Copy {
    /// `marsad once --all` in this process.
    async fn once(&self, config: &str) -> daemon::Result<daemon::once::Report> {
        let world = World { archive: self.archive.clone(), credentials: None };
        daemon::once::once(loaded(config), world, true, &mut |_, _| {}).await
    }

    /// Files that were set aside, without their folder and time.
    fn aside(&self) -> Vec<String> {
        let names = fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut aside: Vec<String> = names.filter_map(|name| Some(name.strip_prefix("marsad.db.corrupt-")?[16..].to_owned())).collect();
        aside.sort();
        aside
    }

    fn count(&self, sql: &str) -> i64 {
        open::read_only(&self.archive).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
    }

    fn is_sound(&self) -> bool {
        // One that may only read looks at no CHECK.
        let sql = "SELECT count(*) = 0 FROM pragma_integrity_check WHERE integrity_check <> 'ok'";
        open::beside(&self.archive).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
    }
}

fn wait(mut child: Child, what: &str) -> (ExitStatus, String) {
    let until = Instant::now() + Duration::from_secs(60);
    while child.try_wait().unwrap().is_none() {
        if Instant::now() > until {
            child.kill().unwrap();
            panic!("{what} did not end");
        }
        pause(20);
    }
    let output = child.wait_with_output().unwrap();
    (output.status, String::from_utf8(output.stderr).unwrap())
}

fn pause(ms: u64) {
    #[expect(clippy::disallowed_methods, reason = "a plain test thread")]
    std::thread::sleep(Duration::from_millis(ms));
}

fn signal(child: &Child, name: &str) {
    assert!(Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status().unwrap().success());
}

/// Numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    fn below(&mut self, most: usize) -> usize {
        self.next() as usize % most.max(1)
    }
}
