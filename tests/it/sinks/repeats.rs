//! A process that is killed between a message and the note that it went out tells it again, and the other side can know it: by the
//! same key, whatever news came meanwhile.

use crate::support::{
    newsroom::{Item, rss},
    server::{Reply, Server},
};
use std::{
    os::unix::process::ExitStatusExt,
    process::{Command, ExitStatus},
    sync::{Arc, Mutex},
};
use tempfile::TempDir;

/// Stories that have nothing in common but the place.
const TITLES: [&str; 12] = [
    "Rain floods the camps of Idlib",
    "Idlib bakers raise the price of bread",
    "A school opens in Idlib",
    "Idlib hospital runs out of oxygen",
    "Two trucks collide on the Idlib road",
    "Olive harvest begins around Idlib",
    "Idlib council elects its first woman",
    "Measles spreads among children of Idlib",
    "A dam near Idlib cracks",
    "Idlib teachers strike for wages",
    "Power returns to eastern Idlib",
    "A wolf is seen in the hills of Idlib",
];

struct Room {
    folder: TempDir,
    server: Server,
    feed: Arc<Mutex<String>>,
}

impl Room {
    fn open() -> Room {
        let feed: Arc<Mutex<String>> = Arc::default();
        let shown = feed.clone();
        let server = Server::start(move |seen| match seen.method.as_str() {
            "PUT" => Reply::ok("{\"event_id\": \"$event\"}"),
            _ => Reply::ok(shown.lock().unwrap().clone()).header("Content-Type", "application/rss+xml"),
        });
        let folder = tempfile::tempdir().unwrap();
        let text = format!(
            "[poll]\nhost_gap = \"0s\"\nbacklog = \"alert\"\n[alert]\nsinks = [\"room\"]\n\
             [sink.room]\ntype = \"matrix\"\nserver = \"{}\"\nroom = \"!r:x.example\"\ntoken_file = \"token\"\n\
             [[feed]]\nname = \"a\"\nurl = \"{}\"\nallow_private = true\n[[rule]]\nname = \"idlib\"\nany = [\"Idlib\"]\n",
            server.url(""),
            server.url("/feed")
        );
        std::fs::write(folder.path().join("marsad.toml"), text).unwrap();
        let token = folder.path().join("token");
        std::fs::write(&token, "secret").unwrap();
        std::fs::set_permissions(token, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        Room { folder, server, feed }
    }

    /// Shows so many stories, and runs once, up to `abort` where one is given.
    fn once(&self, stories: usize, abort: Option<&str>) -> ExitStatus {
        let leak = |text: String| &*Box::leak(text.into_boxed_str());
        let item = |(n, title): (usize, &&'static str)| {
            let text = leak((0..12).map(|word| format!("w{}x ", (n + 1) * 7919 + word * 104_729)).collect());
            Item { guid: leak(format!("g{n}")), link: leak(format!("https://news.example/{n}")), title, text }
        };
        *self.feed.lock().unwrap() = rss(&TITLES[..stories].iter().enumerate().map(item).collect::<Vec<_>>());
        let mut command = Command::new(env!("CARGO_BIN_EXE_marsad"));
        command.args(["once", "--all", "--config"]).arg(self.folder.path().join("marsad.toml"));
        command.arg("--db").arg(self.folder.path().join("data/marsad.db"));
        if let Some(point) = abort {
            command.env("MARSAD_ABORT_AT", point);
        }
        command.output().unwrap().status
    }

    /// The transactions that the other side was told, and what each said.
    fn told(&self) -> Vec<(String, String)> {
        let puts = self.server.requests().into_iter().filter(|seen| seen.method == "PUT");
        puts.map(|seen| (seen.path, serde_json::from_slice::<serde_json::Value>(&seen.body).unwrap()["body"].to_string())).collect()
    }
}

#[test]
fn what_a_killed_process_told_is_told_again_under_the_same_key_whatever_came_meanwhile() {
    let room = Room::open();
    assert_eq!(room.once(1, Some("deliver.acted")).signal(), Some(9));
    // One message of one story, then one of many.
    assert_eq!(room.once(11, Some("deliver.acted:2")).signal(), Some(9));
    assert!(room.once(12, None).success());
    let told = room.told();
    assert_eq!(told.len(), 5, "{told:#?}");
    let keys: Vec<&str> = told.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!((keys[0], keys[2]), (keys[1], keys[3]), "{told:#?}");
    assert!(told[2].1.contains("10 alerts") && told[4].1.contains(TITLES[11]), "{told:#?}");
    let mut distinct = keys.clone();
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!(distinct.len(), 3, "{told:#?}");
}
