//! An archive under simulated time: articles arrive, what may go out goes out, the account is asked for.

use marsad::{
    engine::{
        alert::policy::Policy,
        entry::Entry,
        feed::{Backlog, Feed},
        identify::{Change, Follow, Trust, Verdict, glance, identify},
        rule::Severity,
    },
    store::{
        audit::{self, Account},
        dead,
        delivery::{self, Settled},
        feed::{self, Polled},
        hold::{self, Policies},
        ingest::{Batch, Candidate, Found, Report, ingest},
        memory::Memory,
        open, orphan, rule,
    },
};
use rusqlite::Connection;
use std::{collections::HashMap, sync::Arc};
use tempfile::TempDir;

/// The one sink, as long as nothing else is said.
pub const SINK: &str = "hook";

/// A rule with its policy.
pub struct Ruled {
    pub id: &'static str,
    pub severity: Severity,
    pub policy: Policy,
}

/// An article on its way.
pub struct Piece<'a> {
    /// From 0.
    pub feed: usize,
    pub title: &'a str,
    pub link: &'a str,
    pub language: &'a str,
}

/// A message that went out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    pub alert: i64,
    pub rule: String,
    pub occasion: String,
    pub news: Vec<String>,
    /// When it was let go, and when it was raised.
    pub at_ms: i64,
    pub alerted_ms: i64,
}

pub struct Stand {
    _folder: TempDir,
    pub connection: Connection,
    rows: Vec<rule::RuleRow>,
    rules: Vec<(Severity, Arc<Policy>)>,
    policies: Policies,
    sinks: Arc<[String]>,
    /// Sinks that refuse whatever they are told; the next of the config is the fallback of each.
    pub down: Vec<String>,
    memory: Memory,
    serial: usize,
}

impl Stand {
    pub fn new(rules: Vec<Ruled>) -> Stand {
        let folder = tempfile::tempdir().unwrap();
        let connection = open::read_write(&folder.path().join("marsad.db")).unwrap();
        // What a power cut would do is tested elsewhere.
        connection.execute_batch("PRAGMA synchronous = OFF").unwrap();
        let feed =
            |n: usize| Feed { id: format!("f{n}"), url: format!("https://f{n}.example/"), backlog: Backlog::Alert, ..Feed::default() };
        feed::sync(&connection, &(0..5).map(feed).collect::<Vec<_>>(), 0).unwrap();
        let text = |ruled: &Ruled| rule::RuleText { id: ruled.id.into(), hash: "h".into(), source: "{}".into() };
        let rows = rule::sync(&connection, &rules.iter().map(text).collect::<Vec<_>>(), 0).unwrap();
        let policies: Vec<Arc<Policy>> = rules.iter().map(|ruled| Arc::new(ruled.policy.clone())).collect();
        let by_id: HashMap<String, Arc<Policy>> = rules.iter().map(|ruled| ruled.id.to_owned()).zip(policies.iter().cloned()).collect();
        let rules = rules.iter().map(|ruled| ruled.severity).zip(policies).collect();
        Stand {
            _folder: folder,
            connection,
            rows,
            rules,
            policies: Policies { rules: by_id, sinks: [SINK.to_owned()].into(), ..Policies::default() },
            sinks: Arc::from([SINK.to_owned()]),
            down: Vec::new(),
            memory: Memory::default(),
            serial: 0,
        }
    }

    /// The config has these sinks from now on, and every rule tells all of them.
    pub fn reload(&mut self, sinks: &[&str], now_ms: i64) {
        self.sinks = sinks.iter().map(|sink| (*sink).to_owned()).collect();
        self.policies.routes = self.policies.rules.keys().map(|id| (id.clone(), self.sinks.clone())).collect();
        self.policies.sinks = self.sinks.iter().cloned().collect();
        orphan::bury(&self.connection, &self.policies, now_ms).unwrap();
    }

    /// An article for which every rule holds.
    pub fn arrive(&mut self, piece: &Piece<'_>, now_ms: i64) -> Report {
        self.serial += 1;
        self.ingest(self.serial, piece, "", Verdict::New { silent: false }, now_ms)
    }

    /// New words of the article that was the `serial`th to arrive, as this piece.
    pub fn edit(&mut self, serial: usize, piece: &Piece<'_>, words: &str, now_ms: i64) -> Report {
        let change = Change { text: Some(Default::default()), ..Change::default() };
        let article = i64::try_from(serial).unwrap();
        let follow = Follow { article, change, renewed: false, forget: Vec::new() };
        self.ingest(serial, piece, words, Verdict::Again(Box::new(follow)), now_ms)
    }

    fn ingest(&mut self, serial: usize, piece: &Piece<'_>, words: &str, verdict: Verdict, now_ms: i64) -> Report {
        let entry = Entry {
            guid: Some(format!("g{serial}")),
            title: piece.title.into(),
            url: Some(piece.link.into()),
            text: format!("{} {} {words}", piece.title, piece.link),
            language: Some(piece.language.into()),
            ..Entry::default()
        };
        let entries = vec![entry];
        let glances = glance(&entries, &[], &Trust::default());
        let identified = identify(entries, &glances, &[None]).remove(0);
        let found = self.rows.iter().zip(&self.rules).map(|(row, (severity, policy))| Found {
            begins: true,
            row: *row,
            severity: *severity,
            sinks: self.sinks.clone(),
            policy: policy.clone(),
            muted: None,
            evidence: Vec::new(),
        });
        let batch = Batch {
            feed: i64::try_from(piece.feed).unwrap() + 1,
            feed_id: format!("f{}", piece.feed),
            language: None,
            import: false,
            offered_after_ms: None,
            official: false,
            entries: vec![Candidate::new(identified, verdict, found.collect())],
            polled: Polled {
                asked: format!("https://f{}.example/", piece.feed),
                at_ms: now_ms,
                next_poll_ms: now_ms + 1,
                ..Polled::default()
            },
        };
        ingest(&self.connection, &mut self.memory, &batch).unwrap()
    }

    /// Lets go what may go, and sends all of it.
    pub fn send(&mut self, now_ms: i64) -> Vec<Sent> {
        hold::escalate(&self.connection, &self.policies, now_ms).unwrap();
        while hold::release(&self.connection, &self.policies, now_ms).unwrap() != hold::Released::default() {}
        let mut sent = Vec::new();
        loop {
            let claim = |sink: &String| delivery::claim(&self.connection, sink, "me", now_ms, i64::MAX / 4, 1000).unwrap();
            let claimed: Vec<_> =
                self.sinks.iter().enumerate().flat_map(|(at, sink)| claim(sink).into_iter().map(move |d| (at, d))).collect();
            if claimed.is_empty() {
                return sent;
            }
            for (at, delivery) in claimed {
                if self.down.contains(&self.sinks[at]) {
                    delivery::settle(&self.connection, delivery.row, "me", &Settled::Dead("no".into()), now_ms).unwrap();
                    if let Some(fallback) = self.sinks.get(at + 1) {
                        dead::pass_on(&self.connection, delivery.row, fallback, now_ms).unwrap();
                    }
                    continue;
                }
                delivery::settle(&self.connection, delivery.row, "me", &Settled::Sent(String::new()), now_ms).unwrap();
                sent.push(Sent {
                    alert: delivery.alert.id,
                    rule: delivery.alert.rule.clone(),
                    occasion: delivery.occasion,
                    news: delivery.alert.news.clone(),
                    at_ms: delivery.created_ms,
                    alerted_ms: delivery.alert.alerted_ms,
                });
            }
        }
    }

    /// The account, which must balance.
    #[track_caller]
    pub fn account(&self) -> Account {
        let account = audit::account(&self.connection, i64::MIN, i64::MAX).unwrap();
        assert!(account.balances(), "{account:#?}");
        account
    }
}
