//! What a poll leaves in the feed's row that brought no document: when it is due again, and why it failed. No alert waits for it.

use super::{
    super::{Daemon, clock, live::Live},
    Outcome, hearing, notes,
};
use crate::{
    engine::{
        feed::{Feed, FeedState, GONE, GONE_SAYS_ONE, Reason},
        manners::{self, Ending, agreement::Agreement},
    },
    net::Hints,
    store::{
        StoreError,
        feed::{self, Polled, Said, Seen},
    },
};
use std::sync::Arc;

/// Feeds of a host that was left alone come back within this, in milliseconds.
const AFTER_PAUSE_MS: f64 = 300_000.0;

/// Nothing is new.
pub async fn unchanged(
    daemon: &Arc<Daemon>,
    live: &Live,
    feed: &Feed,
    state: &FeedState,
    (seen, hints, said): (Seen, Hints, Said),
) -> Result<Outcome, StoreError> {
    let now_ms = clock::now_ms();
    let habits = state.habits.clone().map(|habits| habits.unchanged(now_ms));
    let ending = Ending::Good { fresh_s: hints.fresh_s };
    let next_poll_ms = live.next_poll_ms(feed, now_ms, ending, (&state.publisher, habits.as_ref()));
    // Most servers repeat what they said before.
    let seen =
        Some(seen).filter(|seen| seen.whole || seen.validators != state.validators || state.validators_url.as_ref() != Some(&seen.url));
    notes::put(daemon, state.row, Polled { next_poll_ms, seen, said: said.clone(), habits, ..Polled::of(feed, now_ms) }).await?;
    hearing::log_move(feed, &said);
    Ok(Outcome::Unchanged)
}

/// It failed, and asked to be left alone for so many seconds.
pub async fn failed(
    daemon: &Arc<Daemon>,
    live: &Live,
    feed: &Feed,
    state: &FeedState,
    (reason, retry_after_s): (String, Option<u64>),
) -> Result<Outcome, StoreError> {
    let reason = Reason::new(&reason);
    let now_ms = clock::now_ms();
    let ending = Ending::Bad { failures: state.failures + 1, retry_after_s };
    let next_poll_ms = live.next_poll_ms(feed, now_ms, ending, (&state.publisher, state.habits.as_ref()));
    notes::put(daemon, state.row, Polled { next_poll_ms, error: Some(reason.clone()), ..Polled::of(feed, now_ms) }).await?;
    Ok(Outcome::Failed(reason))
}

/// 410: believed when it was said often enough.
pub async fn gone(daemon: &Arc<Daemon>, live: &Live, feed: &Feed, state: &FeedState) -> Result<Outcome, StoreError> {
    let now_ms = clock::now_ms();
    let said = Agreement::with(state.agreement.as_ref(), manners::agreement::GONE, now_ms);
    let believed = said.holds(now_ms);
    let reason = Reason::new(if believed { GONE } else { GONE_SAYS_ONE });
    let next_poll_ms = live.next_poll_ms(feed, now_ms, Ending::Gone { believed }, (&state.publisher, state.habits.as_ref()));
    let polled = Polled { next_poll_ms, error: Some(reason.clone()), said: Said::This(said), ..Polled::of(feed, now_ms) };
    notes::put(daemon, state.row, polled).await?;
    Ok(Outcome::Failed(reason))
}

/// Its host wants to be left alone: the feed waits with it, and nothing is held against it. The feeds of the host come back
/// one after another.
pub async fn held(daemon: &Daemon, feed: &Feed, host: &str, until_ms: i64) -> Result<Outcome, StoreError> {
    let at_ms = until_ms + (manners::share(&feed.id) * AFTER_PAUSE_MS) as i64;
    let feed = feed.clone();
    daemon.db.call(move |connection| feed::put_off(connection, &feed, at_ms)).await?;
    Ok(Outcome::Held(format!("not asked: {host} wants to be left alone for {} s more", (until_ms - clock::now_ms()).max(0) / 1000)))
}
