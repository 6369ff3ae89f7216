//! The outbox does what its model does, step by step: `support/outbox.rs`.

use super::plan::Plan;
use crate::support::outbox::{Model, Step, archive};
use rusqlite::Connection;
use std::path::Path;
use tempfile::TempDir;

/// The longest plan, in steps.
const MAX_STEPS: usize = 60;

thread_local! {
    static ARCHIVE: (TempDir, Connection) = {
        // Memory, where there is such a folder.
        let folder = tempfile::tempdir_in(Path::new("/dev/shm")).or_else(|_| tempfile::tempdir()).unwrap();
        let connection = archive(folder.path());
        (folder, connection)
    };
}

/// Bytes as steps, each from an empty outbox.
pub fn check(data: &[u8]) {
    ARCHIVE.with(|(_, connection)| {
        connection.execute_batch("BEGIN").unwrap();
        let (mut plan, mut model) = (Plan(data), Model::default());
        for _ in 0..MAX_STEPS {
            if plan.ended() {
                break;
            }
            model.take(connection, &step(&mut plan));
            model.hold(connection);
        }
        connection.execute_batch("ROLLBACK").unwrap();
    });
}

fn step(plan: &mut Plan<'_>) -> Step {
    let kind = plan.below(10);
    let mut pick = |count| plan.below(count);
    match kind {
        0 | 1 => Step::Add { alert: 1 + pick(5) as i64, sink: pick(2) },
        2 | 3 => Step::Claim { sink: pick(2), owner: pick(2), limit: 1 + pick(3) },
        4 | 5 => Step::Settle { row: 1 + pick(11) as i64, owner: pick(2), end: pick(4) },
        6 => Step::Release { sink: pick(2), owner: pick(2) },
        7 => match pick(4) {
            0 => Step::Recover { owner: pick(2) },
            1 => Step::Stop { owner: pick(2) },
            2 => Step::Bury { kept: pick(2) },
            // A clock that jumps by days.
            _ => Step::Pass { ms: (pick(7) as i64 - 3) * 43_200_000 },
        },
        _ => Step::Pass { ms: 1 + pick(256) as i64 * 80 },
    }
}
