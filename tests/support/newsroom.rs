//! A newsroom for tests: a loopback server whose feeds a test edits, and a webhook that keeps a ledger of what it was told.

use super::server::{Reply, Seen, Server};
use marsad::{
    config::{self, Config, Source},
    daemon::{
        World,
        once::{Report, once},
    },
    store::{audit, open},
};
use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex},
};
use tempfile::TempDir;

/// What the webhook answers.
type Answers = Arc<Mutex<Box<dyn FnMut(&Seen) -> u16 + Send>>>;

/// Feeds, a webhook and an archive.
pub struct Newsroom {
    pub folder: TempDir,
    pub server: Server,
    feeds: Arc<Mutex<HashMap<String, Reply>>>,
    answers: Answers,
}

/// An item of a feed.
#[derive(Clone, Copy)]
pub struct Item {
    pub guid: &'static str,
    pub link: &'static str,
    pub title: &'static str,
    pub text: &'static str,
}

/// An RSS document of these items.
pub fn rss(items: &[Item]) -> String {
    let item = |i: &Item| {
        format!(
            "<item><guid isPermaLink=\"false\">{}</guid><link>{}</link><title>{}</title><description>{}</description></item>",
            i.guid,
            i.link.replace('&', "&amp;"),
            i.title,
            i.text
        )
    };
    format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>t</title><link>http://news.example/</link>{}</channel></rss>",
        items.iter().map(item).collect::<String>()
    )
}

/// A config that has nothing wrong.
pub fn loaded(text: &str) -> Config {
    let source = Source { name: "marsad.toml".into(), text: text.into() };
    config::load(&[source], &Default::default()).map_err(|report| report.to_string()).unwrap().config
}

impl Newsroom {
    pub fn open() -> Newsroom {
        let feeds: Arc<Mutex<HashMap<String, Reply>>> = Arc::default();
        let answers: Answers = Arc::new(Mutex::new(Box::new(|_| 200)));
        let (shown, answering) = (feeds.clone(), answers.clone());
        let server = Server::start(move |seen| {
            if seen.method == "POST" {
                return Reply::status((answering.lock().unwrap())(seen));
            }
            shown.lock().unwrap().get(&seen.path).cloned().unwrap_or_else(|| Reply::status(404))
        });
        Newsroom { folder: tempfile::tempdir().unwrap(), server, feeds, answers }
    }

    /// Puts a document at `/NAME`.
    pub fn publish(&self, name: &str, items: &[Item]) {
        self.publish_raw(name, rss(items));
    }

    pub fn publish_raw(&self, name: &str, body: String) {
        self.reply(&format!("/{name}"), Reply::ok(body).header("Content-Type", "application/rss+xml; charset=utf-8"));
    }

    /// Answers this from now on to those who ask for `path`: a whole address where one is asked as a proxy.
    pub fn reply(&self, path: &str, reply: Reply) {
        self.feeds.lock().unwrap().insert(path.to_owned(), reply);
    }

    /// Lets the webhook answer by this function from now on.
    pub fn answer(&self, answer: impl FnMut(&Seen) -> u16 + Send + 'static) {
        *self.answers.lock().unwrap() = Box::new(answer);
    }

    /// A config over the feeds of these names, with rules on Idlib and on ceasefires that go to the webhook.
    pub fn config(&self, feeds: &[&str], backlog: &str) -> String {
        let mut text = format!("[poll]\nhost_gap = \"0s\"\nbacklog = \"{backlog}\"\n[alert]\nsinks = [\"hook\"]\n");
        text += &format!("[sink.hook]\ntype = \"webhook\"\nurl = \"{}\"\n", self.server.url("/hook"));
        for feed in feeds {
            text += &format!(
                "[[feed]]\nname = \"{feed}\"\nurl = \"{}\"\nallow_private = true\ntags = [\"{feed}\"]\n",
                self.server.url(&format!("/{feed}"))
            );
        }
        text + "[[rule]]\nname = \"idlib\"\nany = [\"إدلب | İdlib | Идлиб\"]\nseverity = \"high\"\n[[rule]]\nname = \"ceasefire\"\nany = [\"وقف إطلاق النار | ceasefire\"]\n"
    }

    pub fn archive(&self) -> PathBuf {
        self.folder.path().join("data/marsad.db")
    }

    pub fn world(&self) -> World {
        World { archive: self.archive(), credentials: None }
    }

    /// `marsad once --all` over a config.
    pub async fn once(&self, config: &str) -> Report {
        once(loaded(config), self.world(), true, &mut |_, _| {}).await.unwrap()
    }

    /// The alerts that the webhook accepted or refused, as `rule: title`, in the order of their arrival.
    pub fn told(&self) -> Vec<String> {
        self.posts().iter().map(|(_, alert)| format!("{}: {}", alert["rule"].as_str().unwrap(), alert["title"].as_str().unwrap())).collect()
    }

    /// Idempotency key and alert of each message to the webhook.
    pub fn posts(&self) -> Vec<(String, serde_json::Value)> {
        let posts = self.server.requests().into_iter().filter(|seen| seen.method == "POST");
        posts
            .map(|seen| {
                (seen.header("webhook-id").unwrap(), serde_json::from_slice::<serde_json::Value>(&seen.body).unwrap()["alert"].clone())
            })
            .collect()
    }

    /// Where every match went, which must balance.
    pub fn account(&self) -> audit::Account {
        let account = audit::account(&open::read_only(&self.archive()).unwrap(), i64::MIN, i64::MAX).unwrap();
        assert!(account.balances(), "{account:#?}");
        account
    }

    /// One number out of the archive.
    pub fn count(&self, sql: &str) -> i64 {
        open::read_only(&self.archive()).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
    }
}

/// Whatever a test did: as much went out as came in.
impl Drop for Newsroom {
    fn drop(&mut self) {
        if !std::thread::panicking() && self.archive().exists() {
            self.account();
        }
    }
}
