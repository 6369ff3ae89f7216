//! A small model of the outbox: what is put in, claimed, settled, let go and recovered, and what the table must hold then.

use marsad::{
    engine::{alert::policy::Policy, rule::Severity},
    store::{
        delivery::{self, Settled},
        hold::{Message, Policies},
        open, orphan,
    },
};
use rusqlite::Connection;
use std::{collections::BTreeMap, path::Path};

pub const SINKS: [&str; 2] = ["one", "two"];
pub const OWNERS: [&str; 2] = ["this boot", "the next"];
const DAY_MS: i64 = 86_400_000;

/// What is done to the outbox.
#[derive(Debug, Clone)]
pub enum Step {
    Add {
        alert: i64,
        sink: usize,
    },
    Claim {
        sink: usize,
        owner: usize,
        limit: usize,
    },
    /// The n-th row, by an owner who may not have it, with an end of this kind.
    Settle {
        row: i64,
        owner: usize,
        end: usize,
    },
    Release {
        sink: usize,
        owner: usize,
    },
    Recover {
        owner: usize,
    },
    /// A process that stops.
    Stop {
        owner: usize,
    },
    /// One sink alone stays in the config.
    Bury {
        kept: usize,
    },
    /// The clock goes on, or is set.
    Pass {
        ms: i64,
    },
}

/// A delivery as the model has it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    alert: i64,
    sink: &'static str,
    state: &'static str,
    owner: Option<&'static str>,
    due_ms: i64,
    attempts: i64,
}

/// The outbox as it should be.
pub struct Model {
    rows: BTreeMap<i64, Row>,
    now_ms: i64,
}

impl Default for Model {
    fn default() -> Model {
        Model { rows: BTreeMap::new(), now_ms: 1_000_000 }
    }
}

/// An archive in `folder` with five alerts and nothing in its outbox.
pub fn archive(folder: &Path) -> Connection {
    let connection = open::read_write(&folder.join("marsad.db")).unwrap();
    connection.execute_batch("PRAGMA synchronous = OFF").unwrap();
    connection.execute_batch("INSERT INTO rule VALUES (1, 'r', NULL); INSERT INTO rule_version VALUES (1, 1, 'h', '{}', 0);").unwrap();
    for alert in 1..6 {
        let sql = "INSERT INTO alert (n, rule, group_key, version, kind, severity, feed, title, lines, first_seen_ms, alerted_ms, evidence)
                   VALUES (?1, 1, 'a' || ?1, 1, 'match', 'normal', 'f', 't', '[]', 0, 0, '[]')";
        connection.execute(sql, [alert]).unwrap();
    }
    connection
}

impl Model {
    /// Does a step in the archive and in the model.
    pub fn take(&mut self, connection: &Connection, step: &Step) {
        match step {
            Step::Add { alert, sink } => self.add(connection, *alert, SINKS[*sink]),
            Step::Claim { sink, owner, limit } => self.claim(connection, SINKS[*sink], OWNERS[*owner], *limit),
            Step::Settle { row, owner, end } => self.settle(connection, *row, OWNERS[*owner], *end),
            Step::Release { sink, owner } => {
                delivery::release(connection, SINKS[*sink], OWNERS[*owner]).unwrap();
                self.let_go(|row| row.sink == SINKS[*sink] && row.owner == Some(OWNERS[*owner]));
            }
            Step::Recover { owner } => {
                delivery::recover(connection, OWNERS[*owner]).unwrap();
                self.let_go(|row| row.owner.is_some_and(|other| other != OWNERS[*owner]));
            }
            Step::Stop { owner } => {
                delivery::release_all(connection, OWNERS[*owner]).unwrap();
                self.let_go(|row| row.owner == Some(OWNERS[*owner]));
            }
            Step::Bury { kept } => {
                let policies = Policies { sinks: [SINKS[*kept].to_owned()].into(), ..Policies::default() };
                orphan::bury(connection, &policies, self.now_ms).unwrap();
                for row in self.rows.values_mut().filter(|row| row.sink != SINKS[*kept] && row.state == "pending") {
                    row.state = "dead";
                }
            }
            Step::Pass { ms } => self.now_ms += ms,
        }
    }

    fn add(&mut self, connection: &Connection, alert: i64, sink: &'static str) {
        let message = Message { alert, sink, rule: 1, severity: Severity::Normal };
        let added = delivery::add(connection, &Policy::default(), message, "new", &[], self.now_ms);
        let known = self.rows.values().any(|row| row.alert == alert && row.sink == sink);
        assert_eq!(added.is_err(), known, "an alert has one delivery for each sink and occasion");
        if let Ok(row) = added {
            self.rows.insert(row, Row { alert, sink, state: "pending", owner: None, due_ms: self.now_ms, attempts: 0 });
        }
    }

    fn claim(&mut self, connection: &Connection, sink: &str, owner: &'static str, limit: usize) {
        let claimed = delivery::claim(connection, sink, owner, self.now_ms, DAY_MS, limit).unwrap();
        let now_ms = self.now_ms;
        let due = self.rows.iter_mut().filter(|(_, row)| row.sink == sink && row.state == "pending");
        // What is due further off than any wait is due: the clock was set back.
        let due = due.filter(|(_, row)| row.due_ms <= now_ms || row.due_ms > now_ms + DAY_MS);
        let mut wanted = Vec::new();
        for (n, row) in due.take(limit) {
            (row.state, row.owner) = ("leased", Some(owner));
            wanted.push((*n, row.alert));
        }
        assert_eq!(claimed.iter().map(|claimed| (claimed.row, claimed.alert.id)).collect::<Vec<_>>(), wanted, "the oldest that are due");
    }

    fn settle(&mut self, connection: &Connection, n: i64, owner: &str, end: usize) {
        let later_ms = self.now_ms + 5_000;
        let (settled, state) = match end {
            0 => (Settled::Sent("receipt".into()), "sent"),
            1 => (Settled::Retry { due_ms: later_ms, error: "away".into() }, "pending"),
            2 => (Settled::Dead("refused".into()), "dead"),
            _ => (Settled::Expired("late".into()), "expired"),
        };
        delivery::settle(connection, n, owner, &settled, self.now_ms).unwrap();
        if let Some(row) = self.rows.get_mut(&n).filter(|row| row.owner == Some(owner)) {
            (row.state, row.owner, row.attempts) = (state, None, row.attempts + 1);
            row.due_ms = if state == "pending" { later_ms } else { row.due_ms };
        }
    }

    fn let_go(&mut self, which: impl Fn(&Row) -> bool) {
        for row in self.rows.values_mut().filter(|row| row.state == "leased" && which(row)) {
            (row.state, row.owner) = ("pending", None);
        }
    }

    /// The table is what the model says, and so is what is asked of it.
    pub fn hold(&self, connection: &Connection) {
        let mut query = connection.prepare("SELECT n, alert, sink, state, lease_owner, due_ms, attempts FROM delivery ORDER BY n").unwrap();
        let there = query.query_map([], |row| {
            Ok(format!(
                "{} {} {} {} {:?} {} {}",
                row.get::<_, i64>(0)?,
                row.get::<_, i64>(1)?,
                row.get::<_, String>(2)?,
                row.get::<_, String>(3)?,
                row.get::<_, Option<String>>(4)?,
                row.get::<_, i64>(5)?,
                row.get::<_, i64>(6)?
            ))
        });
        let there: Vec<String> = there.unwrap().collect::<rusqlite::Result<_>>().unwrap();
        let wanted = self
            .rows
            .iter()
            .map(|(n, row)| format!("{n} {} {} {} {:?} {} {}", row.alert, row.sink, row.state, row.owner, row.due_ms, row.attempts));
        assert_eq!(there, wanted.collect::<Vec<_>>());
        let open = self.rows.values().filter(|row| ["pending", "leased"].contains(&row.state)).count() as u64;
        assert_eq!(delivery::open_count(connection).unwrap(), open);
        for sink in SINKS {
            let next_ms = self.rows.values().filter(|row| row.sink == sink && row.state == "pending").map(|row| row.due_ms).min();
            assert_eq!(delivery::next_due_ms(connection, sink).unwrap(), next_ms);
        }
    }
}
