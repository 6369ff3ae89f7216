//! A loop that outlives an archive which says no: full, locked, read-only. It is begun anew every few seconds, and what it
//! could not write down is still due.

use super::{DaemonError, Result};
use crate::store::StoreError;
use std::{future::Future, time::Duration};
use tokio_util::sync::CancellationToken;

/// How long it rests before it begins anew.
const REST: Duration = Duration::from_secs(5);

/// Runs `work` until it ends by itself, told to stop, or with an error that is not the archive's.
///
/// # Errors
/// That error, or that the archive's writer has stopped.
pub async fn persist<W: Future<Output = Result<()>>>(name: &str, stop: &CancellationToken, mut work: impl FnMut() -> W) -> Result<()> {
    loop {
        match work().await {
            Err(DaemonError::Store(error)) if !matches!(error, StoreError::Stopped) && !stop.is_cancelled() => {
                tracing::error!(error = %super::chain(&error), "the archive refused the {name} loop; it begins anew in {} s", REST.as_secs());
                tokio::select! {
                    () = stop.cancelled() => return Ok(()),
                    () = tokio::time::sleep(REST) => {}
                }
            }
            ended => return ended,
        }
    }
}
