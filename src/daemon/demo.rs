//! `marsad demo`: the very pipeline over bundled feeds on loopback and a temporary archive, in a few seconds. It needs no
//! network and no config, never prints, and leaves nothing behind.

mod bundle;
mod server;
mod summary;

pub use summary::{Edit, Legacy, Repair, Shared, Summary, Toasts};

use super::{
    Daemon, DaemonError, Result, World, clock, deliver,
    poll::{Outcome, Poll, Poller},
    upkeep,
};
use crate::{
    config::{self, Config, Source},
    engine::alert::Alert,
    store,
};
use bundle::{Edition, FEEDS};
use server::Server;
use std::{
    fs,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// How long the desktop is waited for at the end.
const PATIENCE: Duration = Duration::from_secs(2);

/// Longer than any demo: until then no feed is due unless it is its turn.
const LATER_MS: i64 = 3_600_000;

/// What is seen while it runs, in the order of events.
#[derive(Debug)]
pub enum Event {
    /// The feeds are served, the archive is open, the rules are in force.
    Started {
        /// How many feeds there are.
        feeds: usize,
        /// Ids of the rules.
        rules: Vec<String>,
        /// The temporary archive.
        archive: PathBuf,
        /// Where the feeds are served, such as `http://127.0.0.1:40123`.
        server: String,
    },
    /// A feed was polled.
    Polled {
        /// How it went.
        poll: Poll,
        /// What kind of feed it is, such as `RSS in windows-1256, Arabic`.
        about: &'static str,
    },
    /// An alert was raised.
    Alert(Box<Alert>),
    /// Something happened on the other side, as a sentence.
    Note(&'static str),
}

/// Runs the demo with its archive in a new folder below `folder`, `pace` between two polls, and toasts on the session bus
/// where `desktop` says that there is one. Dropping the future ends it; the new folder is removed either way.
///
/// # Errors
/// When loopback or `folder` cannot be used, or the archive refuses.
pub async fn demo(folder: &Path, desktop: bool, pace: Duration, show: &mut dyn FnMut(Event)) -> Result<Summary> {
    let now_ms = clock::now_ms();
    let room = Room::new(folder, now_ms)?;
    let server = Server::start(bundle::pages(Edition::First, now_ms)).await?;
    let config = config(&server.address(), desktop)?;
    let archive = room.0.join("marsad.db");
    let daemon = Arc::new(Daemon::open(config, World { archive: archive.clone(), credentials: None })?);
    let rules = daemon.live().config.rules.specs().iter().map(|rule| rule.id.clone()).collect();
    show(Event::Started { feeds: FEEDS.len(), rules, archive: archive.clone(), server: server.address() });
    daemon
        .db
        .call(move |connection| FEEDS.iter().try_for_each(|feed| store::feed::due_at(connection, feed.name, now_ms + LATER_MS)))
        .await?;

    let (stop, mut loops) = (CancellationToken::new(), JoinSet::new());
    loops.spawn(deliver::run(daemon.clone(), stop.clone()));
    loops.spawn(upkeep::run(daemon.clone(), stop.clone()));
    let mut visits = Visits { poller: Poller::new(daemon.clone()), daemon, pace, polls: 0, unchanged: 0 };
    visits.round(show).await?;
    server.publish(bundle::pages(Edition::Second, now_ms));
    show(Event::Note(bundle::NEWS));
    visits.round(show).await?;
    if desktop {
        toasts_are_out(&visits.daemon).await?;
    }
    stop.cancel();
    wind_down(loops).await?;

    let (polls, unchanged) = (visits.polls, visits.unchanged);
    let told = tokio::task::spawn_blocking(move || Summary::read(&archive, desktop)).await.map_err(std::io::Error::other)??;
    Ok(Summary { polls, unchanged, ..told })
}

/// The demo's config, through the same checks as any other.
fn config(server: &str, desktop: bool) -> Result<Config> {
    let text = bundle::config_text(server, if desktop { "desktop" } else { "journal" });
    let loaded = config::load(&[Source { name: "demo.toml".into(), text }], &Arc::default());
    // Bundled and tested: only a fault of this program comes here.
    Ok(loaded.map_err(|report| std::io::Error::other(report.to_string()))?.config)
}

/// Polls, one feed after the other in the order of the bundle: the first copy of a story is always the same one.
struct Visits {
    daemon: Arc<Daemon>,
    poller: Poller,
    pace: Duration,
    polls: usize,
    unchanged: usize,
}

impl Visits {
    async fn round(&mut self, show: &mut dyn FnMut(Event)) -> Result<()> {
        for feed in &FEEDS {
            self.daemon.db.call(|connection| store::feed::due_at(connection, feed.name, clock::now_ms())).await?;
            self.poller.start_due().await?;
            while let Some(poll) = self.poller.next().await {
                self.tell(poll, feed.about, show).await?;
            }
            tokio::time::sleep(self.pace).await;
        }
        Ok(())
    }

    async fn tell(&mut self, poll: Poll, about: &'static str, show: &mut dyn FnMut(Event)) -> Result<()> {
        self.polls += 1;
        let raised = match poll.outcome {
            Outcome::Store(error) => return Err(DaemonError::Store(error)),
            Outcome::Read(ref report) => report.raised.clone(),
            Outcome::Unchanged => {
                self.unchanged += 1;
                Vec::new()
            }
            Outcome::Failed(_) | Outcome::Held(_) => Vec::new(),
        };
        show(Event::Polled { poll, about });
        for row in raised {
            let alert = self.daemon.db.call(move |connection| store::alert::load(connection, row)).await?;
            show(Event::Alert(Box::new(alert)));
        }
        Ok(())
    }
}

/// Waits until nothing is left in the outbox, or [`PATIENCE`] ends.
async fn toasts_are_out(daemon: &Daemon) -> Result<()> {
    let ends = tokio::time::Instant::now() + PATIENCE;
    while tokio::time::Instant::now() < ends {
        if daemon.db.call(store::delivery::open_count).await? == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(())
}

/// Lets a toast in hand have its turn. A notification server that hangs is left behind.
async fn wind_down(mut loops: JoinSet<Result<()>>) -> Result<()> {
    let ending = async {
        while let Some(ended) = loops.join_next().await {
            ended.map_err(std::io::Error::other)??;
        }
        Ok(())
    };
    tokio::time::timeout(PATIENCE, ending).await.unwrap_or(Ok(()))
}

/// A folder for the owner alone that goes when this goes.
struct Room(PathBuf);

impl Room {
    fn new(parent: &Path, now_ms: i64) -> std::io::Result<Room> {
        let path = parent.join(format!("marsad-demo-{}-{now_ms}", std::process::id()));
        // Not recursive: a folder that is there already belongs to somebody else.
        fs::DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Room(path))
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        // The writer thread may still be closing the archive and take its files away by itself; nobody could be told here.
        if fs::remove_dir_all(&self.0).is_err() {
            let _ = fs::remove_dir_all(&self.0);
        }
    }
}
