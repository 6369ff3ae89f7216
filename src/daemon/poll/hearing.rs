//! What an answer, or its absence, says beyond the feed itself: of the host, of the network, of the feed's address. Decides
//! nothing: [`manners`] does.

use super::super::{Daemon, clock, live::Live};
use crate::{
    engine::{
        feed::{Feed, FeedState},
        manners::{
            agreement::{Agreement, may_move},
            host::{Strain, name_of},
        },
    },
    net::Fetched,
    store::{
        StoreError,
        feed::{self, Said},
        host,
    },
};

/// How long feeds wait whose failure was the network's, in milliseconds.
const FORGIVEN_MS: i64 = 5_000;

/// What a poll made known that is still to be done when its own row is written.
#[derive(Debug, Default)]
pub struct Heard {
    /// Rows whose last failure is not to be counted.
    forgiven: Vec<i64>,
    /// The feed's own row, where its host was not reached and the network was there.
    blamed: Option<i64>,
}

/// Hears what a fetch that ended at the host of this name says of it and, as the question of the feed of this `row`, of the network;
/// what is remembered of the host outlives the process.
///
/// # Errors
/// When the archive refuses.
pub async fn hear(daemon: &Daemon, live: &Live, row: Option<i64>, name: Option<&str>, fetched: &Fetched) -> Result<Heard, StoreError> {
    let now_ms = clock::now_ms();
    let mut heard = Heard::default();
    let (name, unreached) = match fetched {
        Fetched::Refused { .. } | Fetched::Held { .. } => return Ok(heard),
        Fetched::Body(_) | Fetched::Unchanged { .. } | Fetched::Gone => (name.unwrap_or_default().to_owned(), false),
        Fetched::Failed { host, unreached, .. } => (name_of(host), *unreached),
    };
    let before = live.hosts.strain(&name);
    let strain = match fetched {
        Fetched::Failed { status: Some(429), retry_after_s, .. } => Some(Strain::limited(before, *retry_after_s, now_ms)),
        _ if unreached => Some(Strain::unreached(before, now_ms)),
        _ => None,
    };
    let row = row.filter(|_| live.speaks_for_network(&name));
    if let (true, Some(row)) = (unreached, row) {
        if let Some(forgiven) = blamed(daemon, live, (&name, strain), row, now_ms) {
            tracing::warn!(feeds = forgiven.len(), "no host can be reached: the network seems to be away; no failure is counted");
            heard.forgiven = forgiven;
            forget_unreached(daemon, live).await?;
            return Ok(heard);
        }
        heard.blamed = Some(row);
    } else {
        live.hosts.put_strain(&name, strain);
        if row.is_some() && daemon.link().answered() {
            tracing::info!(host = name, "the network is back");
            daemon.feeds.notify_one();
        }
    }
    if strain != before {
        let hosts = live.hosts.clone();
        // As it is remembered by then: it may have been forgotten meanwhile.
        daemon.db.call(move |connection| host::put(connection, &name, hosts.strain(&name))).await?;
    }
    Ok(heard)
}

/// Remembers of a host that it is out of reach, unless that shows that the network is away: then the rows that are forgiven. Both
/// under one lock, or a host would be blamed after all others were forgotten.
fn blamed(daemon: &Daemon, live: &Live, (name, strain): (&str, Option<Strain>), row: i64, now_ms: i64) -> Option<Vec<i64>> {
    let known = live.host_count();
    let mut link = daemon.link();
    let forgiven = link.unreached(name, row, known, now_ms);
    if forgiven.is_none() {
        live.hosts.put_strain(name, strain);
    }
    forgiven
}

/// Hosts that were out of reach while the network was away are forgotten; a pause that one asked for stays.
async fn forget_unreached(daemon: &Daemon, live: &Live) -> Result<(), StoreError> {
    let names = live.hosts.forget_unreached();
    daemon.db.call(move |connection| names.iter().try_for_each(|name| host::put(connection, name, None))).await
}

/// Takes back the failures that were the network's, now that the feed's own row is written.
///
/// # Errors
/// When the archive refuses.
pub async fn forgive(daemon: &Daemon, heard: Heard) -> Result<(), StoreError> {
    let Heard { mut forgiven, blamed } = heard;
    // Whoever found the network away meanwhile has forgiven what was written by then.
    forgiven.extend(blamed.filter(|row| !daemon.link().count(*row)));
    if forgiven.is_empty() {
        return Ok(());
    }
    let at_ms = clock::now_ms() + FORGIVEN_MS;
    daemon.db.call(move |connection| feed::forgive(connection, &forgiven, at_ms)).await
}

/// Says of a feed that it has moved, where that was written down with its answer.
pub fn log_move(feed: &Feed, said: &Said) {
    if let Said::Moved(to) = said {
        tracing::info!(feed = feed.id, to, "has moved for good; `marsad feed stay` sends it back");
    }
}

/// What a good answer says of the feed's address.
pub fn said_of_move(feed: &Feed, state: &FeedState, url: &str, moved_to: Option<&str>) -> Said {
    let now_ms = clock::now_ms();
    match moved_to.filter(|to| may_move(url, to, state.stays_from.as_deref(), feed.has_secrets())) {
        Some(to) => {
            let said = Agreement::with(state.agreement.as_ref(), to, now_ms);
            if !said.holds(now_ms) {
                return Said::This(said);
            }
            Said::Moved(said.said)
        }
        None if state.agreement.is_some() => Said::Otherwise,
        None => Said::Nothing,
    }
}
