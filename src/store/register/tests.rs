use super::*;
use crate::store::open::{self, Migrating};
use std::collections::BTreeMap;

struct Desk {
    connection: Connection,
    register: Register,
    /// What the register should say.
    truth: BTreeMap<Mark, i64>,
    _folder: tempfile::TempDir,
}

/// Marks of few hashes, feeds and kinds, so that many differ in one of the three alone; their parts are few too.
fn mark(n: u64) -> Mark {
    Mark::new((n / 6).wrapping_mul(0x9e37_79b9_7f4a_7c15), n.cast_signed() % 3, (n % 2) as u8)
}

impl Desk {
    fn open() -> Desk {
        let folder = tempfile::tempdir().unwrap();
        let connection = open::read_write(&folder.path().join("a.db")).unwrap();
        Desk { connection, register: Register::holding(64), truth: BTreeMap::new(), _folder: folder }
    }

    fn put(&mut self, n: u64, row: i64) {
        self.register.put(mark(n), row);
        if row == GONE {
            self.truth.remove(&mark(n))
        } else {
            self.truth.insert(mark(n), row)
        };
    }

    fn check(&self, most: u64) {
        for n in 0..most {
            let found = self.register.find(&self.connection, mark(n)).unwrap();
            assert_eq!(found, self.truth.get(&mark(n)).copied(), "{n}");
        }
    }

    fn count(&self, sql: &str) -> i64 {
        self.connection.query_row(sql, [], |row| row.get(0)).unwrap()
    }
}

#[test]
fn it_says_what_was_put_last_from_the_log_the_runs_and_after_a_start() {
    let mut desk = Desk::open();
    let mut state = 7_u64;
    let mut dice = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    for batch in 0..400 {
        desk.register.refresh(&desk.connection).unwrap();
        for _ in 0..dice(12) {
            let row = if dice(5) == 0 { GONE } else { batch + 1 };
            desk.put(dice(2000), row);
        }
        desk.register.flush(&desk.connection).unwrap();
        if dice(20) == 0 {
            desk.check(2000);
            desk.register = Register::holding(64);
            desk.register.refresh(&desk.connection).unwrap();
            desk.check(2000);
        }
    }
    assert!(desk.count("SELECT count(*) FROM register_run") > 0 && desk.count("SELECT count(*) FROM register") > 0);
}

#[test]
fn what_a_transaction_takes_back_was_never_put() {
    let mut desk = Desk::open();
    for round in 0..60 {
        desk.connection.execute_batch("BEGIN").unwrap();
        desk.register.refresh(&desk.connection).unwrap();
        let before = desk.truth.clone();
        (0..20).for_each(|n| desk.put(round * 7 + n, round.cast_signed() + 1));
        // Before the batch is written, after, and with the run that it fills.
        let kept = round % 3 == 0;
        if round % 3 < 2 {
            desk.register.flush(&desk.connection).unwrap();
        }
        if !kept {
            desk.truth = before;
        }
        desk.connection.execute_batch(if kept { "COMMIT" } else { "ROLLBACK" }).unwrap();
        desk.register.refresh(&desk.connection).unwrap();
        desk.check(500);
    }
    assert!(desk.count("SELECT count(*) FROM register_run") > 0);
}

#[test]
fn marks_that_change_at_every_batch_fill_nothing() {
    let mut desk = Desk::open();
    desk.register.refresh(&desk.connection).unwrap();
    for batch in 0..2000 {
        desk.put(batch, 1);
        desk.put(batch.saturating_sub(3), GONE);
        desk.register.flush(&desk.connection).unwrap();
    }
    desk.check(2010);
    let (runs, entries) = (desk.count("SELECT count(*) FROM register_run"), desk.count("SELECT sum(entries) FROM register_run"));
    assert!(runs == 1 && entries < 64, "{runs} {entries}");
    assert!(desk.count("SELECT count(*) FROM register") < 64);
}

#[test]
fn what_is_cut_short_takes_nothing_with_it_but_itself() {
    let mut desk = Desk::open();
    desk.register.refresh(&desk.connection).unwrap();
    let put = |desk: &mut Desk, from: u64| {
        for n in from..from + 300 {
            desk.put(n, 7);
            desk.register.flush(&desk.connection).unwrap();
        }
    };
    put(&mut desk, 0);
    for table in ["register", "register_part"] {
        let cut = format!("UPDATE {table} SET entries = substr(entries, 1, length(entries) - 1) WHERE n % 3 = 0");
        assert!(desk.connection.execute(&cut, []).unwrap() > 0, "{table}");
    }
    desk.register = Register::holding(64);
    desk.register.refresh(&desk.connection).unwrap();
    let found = |desk: &Desk, n| desk.register.find(&desk.connection, mark(n)).unwrap();
    let left = (0..300).filter(|n| found(&desk, *n) == Some(7)).count();
    assert!((150..300).contains(&left), "{left}");
    // Runs are made of what is left, too.
    put(&mut desk, 300);
    assert!((300..600).all(|n| found(&desk, n) == Some(7)));
    assert_eq!((0..300).filter(|n| found(&desk, *n) == Some(7)).count(), left);
}

#[test]
fn what_earlier_versions_kept_is_taken_over() {
    let connection = open::model(12).unwrap();
    connection
        .execute_batch(
            "INSERT INTO feed (n, id, url, next_poll_ms) VALUES (1, 'a', 'u', 0), (2, 'b', 'u', 0); INSERT INTO story VALUES (9, NULL, 0);
             INSERT INTO entry_key VALUES (1, 1, -5, 77), (1, 2, -5, 78), (2, 1, -5, 79); INSERT INTO fingerprint VALUES (1, -5, 9);",
        )
        .unwrap();
    let mut told = Vec::new();
    open::step(&connection, 13, &mut |at| told.push(at)).unwrap();
    assert_eq!(told, [Migrating::Moved { keys: 4 }]);
    let mut register = Register::default();
    register.refresh(&connection).unwrap();
    let find = |feed, kind| register.find(&connection, Mark::new((-5_i64).cast_unsigned(), feed, kind)).unwrap();
    assert_eq!([find(1, 1), find(1, 2), find(2, 1), find(0, 1)], [77, 78, 79, 9].map(Some));
    assert_eq!([find(2, 2), find(0, 2)], [None, None]);
    let left = "SELECT count(*) FROM sqlite_schema WHERE name IN ('entry_key', 'fingerprint')";
    assert_eq!(connection.query_row(left, [], |row| row.get::<_, i64>(0)).unwrap(), 0);
}
