//! The loops that touch the world: poll, deliver, upkeep, and the service manager. They share one [`Daemon`] value and
//! speak to each other through the database alone; a [`tokio::sync::Notify`] only says "look now".

pub mod backfill;
pub mod backup;
pub mod clock;
pub mod deliver;
pub mod demo;
pub mod full;
pub mod health;
pub mod heart;
pub mod ingest;
pub mod install;
pub mod live;
pub mod metrics;
pub mod migration;
pub mod once;
pub mod pace;
pub mod persist;
pub mod poll;
pub mod recognise;
pub mod rescue;
pub mod run;
pub mod safe;
pub mod systemd;
pub mod upkeep;

use crate::{
    config::{self, Config},
    engine::manners::link::Link,
    sink::SinkError,
    store::{self, StoreError, lock, memory::Memory, setback, soundness, writer::Db},
};
use heart::Hearts;
use live::Live;
use std::{
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::{Notify, watch};

/// The world as the caller supplies it.
#[derive(Debug, Clone)]
pub struct World {
    /// The archive's file.
    pub archive: PathBuf,
    /// Folder of systemd credentials, for `credential:NAME`.
    pub credentials: Option<PathBuf>,
}

/// Why the daemon cannot run.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    /// The archive cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Another marsad holds it, or the lock cannot be made.
    #[error(transparent)]
    Lock(#[from] lock::LockError),
    /// No HTTP client.
    #[error("cannot make the HTTP client")]
    Net(#[from] crate::net::client::NetError),
    /// A sink cannot be used as configured.
    #[error(transparent)]
    Sink(#[from] SinkError),
    /// The system refused a thread, a signal handler or the like.
    #[error("the system refused")]
    System(#[from] std::io::Error),
    /// SQLite found the archive damaged; the next start, or the one after it, repairs it.
    #[error("the archive is damaged: {0}")]
    Damaged(String),
    /// A loop ended that never should.
    #[error("the {0} loop has stopped")]
    Stopped(&'static str),
}

/// The result of everything in here.
pub type Result<T> = std::result::Result<T, DaemonError>;

/// What every loop shares.
#[derive(Debug)]
pub struct Daemon {
    /// The world.
    pub world: World,
    /// The writer's handle.
    pub db: Db,
    /// What of the archive is kept in memory. Only the writer's jobs take it, one at a time.
    pub memory: Arc<Mutex<Memory>>,
    /// Part of every idempotency key.
    pub archive_id: String,
    /// This process's name on leases.
    pub owner: String,
    /// The config in force; replaced whole.
    pub live: watch::Sender<Arc<Live>>,
    /// Says that the outbox may have something new.
    pub outbox: Notify,
    /// Says that feeds may be due.
    pub feeds: Notify,
    /// Says that articles wait for the index, or imports for their summary.
    pub upkeep: Notify,
    /// Whether each loop comes round.
    pub hearts: Hearts,
    /// What the stages did.
    pub metrics: metrics::Metrics,
    /// The threads that read documents, and fold texts for the index.
    readers: poll::readers::Readers,
    /// What polls leave behind, until it is written.
    notes: poll::notes::Notes,
    /// Whether the archive refuses.
    pub refusal: full::Refusal,
    /// Whether the network is there.
    link: Mutex<Link>,
    /// Held for the life of the process.
    lock: Arc<Mutex<lock::Lock>>,
}

impl Daemon {
    /// Takes the archive's lock, opens it, and puts the config in force.
    ///
    /// # Errors
    /// When another marsad holds the archive, it cannot be opened, or a sink cannot be used.
    pub fn open(config: Config, world: World) -> Result<Daemon> {
        let world = World { archive: store::open::behind_links(&world.archive)?, ..world };
        store::open::folder_of(&world.archive)?;
        let mut lock = lock::take(&world.archive)?;
        rescue::before_opening(&world.archive, &mut lock)?;
        let lock = Arc::new(Mutex::new(lock));
        match Daemon::begin(config, world, lock.clone()) {
            Err(DaemonError::Store(error)) if error.is_damage() => {
                rescue::note(&mut lock.lock().unwrap_or_else(PoisonError::into_inner), true);
                Err(DaemonError::Damaged(error.said()))
            }
            begun => begun,
        }
    }

    fn begin(config: Config, world: World, lock: Arc<Mutex<lock::Lock>>) -> Result<Daemon> {
        let connection = migration::opened(&world.archive)?;
        let archive_id = store::open::archive_id(&connection)?;
        let now_ms = clock::now_ms();
        let owner = format!("{}-{now_ms}", std::process::id());
        store::delivery::recover(&connection, &owner)?;
        let live = Live::build(config, &world, &archive_id, None)?;
        let transaction = store::open::writing(&connection)?;
        clock::tell_set_back(setback::follow(&transaction, 0, now_ms)?);
        let rows = live.wanted().sync(&transaction, now_ms).map_err(|error| soundness::blame(&transaction, error))?;
        let live = live.with_rows(rows);
        // Before anything else is told.
        let told = rescue::tell(&transaction, &live.outlet, now_ms)?;
        transaction.commit().map_err(StoreError::from)?;
        health::log(&told);
        for (name, strain) in store::host::all(&connection)? {
            live.hosts.put_strain(&name, Some(strain));
        }
        Ok(Daemon {
            db: Db::start(connection)?,
            memory: Arc::default(),
            world,
            archive_id,
            owner,
            live: watch::Sender::new(Arc::new(live)),
            outbox: Notify::new(),
            feeds: Notify::new(),
            upkeep: Notify::new(),
            hearts: Hearts::default(),
            metrics: metrics::Metrics::default(),
            readers: poll::readers::Readers::start()?,
            notes: poll::notes::Notes::default(),
            refusal: full::Refusal::default(),
            link: Mutex::default(),
            lock,
        })
    }

    /// The config in force at this moment.
    pub fn live(&self) -> Arc<Live> {
        self.live.borrow().clone()
    }

    /// What is known of the network. Held for a moment only.
    pub(crate) fn link(&self) -> MutexGuard<'_, Link> {
        self.link.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The lock. Held for a moment only.
    fn lock(&self) -> MutexGuard<'_, lock::Lock> {
        self.lock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Closes the archive and notes how this process ends, for the next one: one that ended well need not look at the whole archive.
    async fn end(&self, well: bool) {
        if let Err(error) = self.db.end().await {
            tracing::warn!(error = %chain(&error), "the archive's log stays beside it until the next start");
        }
        crate::abort::point("shutdown.end");
        if self.db.damage().is_some() {
            rescue::note(&mut self.lock(), true);
        } else if well && let Err(error) = self.lock().end() {
            tracing::warn!(%error, "the lock file cannot be written; the next start looks at the whole archive");
        }
    }

    /// Puts a new config in force: rows first, then the swap. The old one stays when anything fails.
    ///
    /// # Errors
    /// As [`Daemon::open`].
    pub async fn adopt(&self, config: Config) -> Result<()> {
        crate::abort::point("reload.begin");
        let live = Live::build(config, &self.world, &self.archive_id, Some(&self.live()))?;
        let wanted = live.wanted();
        let rows = self.db.call(move |connection| wanted.sync(connection, clock::now_ms())).await?;
        crate::abort::point("reload.end");
        self.live.send_replace(Arc::new(live.with_rows(rows)));
        self.feeds.notify_one();
        self.outbox.notify_waiters();
        Ok(())
    }
}

/// What there is to say of the config in force.
#[derive(Debug)]
pub struct Remark {
    /// One line, for the log and the status.
    pub line: String,
    /// Why the newest config is not the one in force, where that is so.
    pub refused: Vec<String>,
}

/// Where configs come from, as the caller supplies it.
pub struct Texts<'a> {
    /// Loads the config anew, for a reload; else every problem, rendered.
    pub load: &'a dyn Fn() -> std::result::Result<config::Loaded, Vec<String>>,
    /// Keeps what was loaded last: it is in force.
    pub keep: &'a dyn Fn(),
}

/// An error with all its causes, in one line for the log.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        line.push_str(": ");
        line.push_str(&source.to_string());
        cause = source.source();
    }
    line
}
