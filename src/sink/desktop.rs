//! Alerts as notifications on the session bus. It waits for nothing longer than five seconds, and replaces a toast only
//! on the very server that gave the toast its number.

mod listen;
mod server;

use super::{Hears, Listening, Message, Receipt, SendError, Sending, Shape, Sink, retry, told};
use crate::engine::{alert::plain::Plain, rule::Severity};
use notify_rust::{Timeout, Urgency};
use serde::{Deserialize, Serialize};
use server::{Server, Toast};
use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
    time::Duration,
};
use zbus::Connection;

/// How long a send may take: finding the bus, asking the server who it is, and showing.
const DEADLINE: Duration = Duration::from_secs(5);

/// How long the bus may take to say whose number the toast has, once it is shown.
const RECEIPT_DEADLINE: Duration = Duration::from_millis(500);

/// Toasts whose buttons still do something: the newest. An older one is only looked at.
const REMEMBERED: usize = 64;

/// The desktop of the session that marsad runs in.
#[derive(Debug)]
pub struct Desktop {
    at_once: usize,
    toasts: Mutex<VecDeque<Remembered>>,
}

/// A toast and the server that shows it: another server, or the same one restarted, gives the same numbers to the
/// toasts of strangers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Shown {
    id: u32,
    owner: String,
}

/// What the buttons of a toast are about.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Remembered {
    shown: Shown,
    link: Option<String>,
    alerts: Vec<i64>,
}

/// Whether a notification server answers on the session bus now. Nothing is shown.
///
/// # Errors
/// When none does, or not within the deadline of a send.
pub async fn answers() -> Result<(), SendError> {
    let asked = async { Server::probe(&server::session().await?).await.map(drop) };
    tokio::time::timeout(DEADLINE, asked).await.unwrap_or_else(|_| Err(retry("the session bus or its notification server does not answer")))
}

impl Desktop {
    /// A desktop that shows a backlog of more than `at_once` messages in one.
    pub fn new(at_once: usize) -> Self {
        Desktop { at_once, toasts: Mutex::default() }
    }

    fn remember(&self, shown: &Shown, said: &Plain, message: &Message) {
        let alerts = message.alerts.iter().map(|alert| alert.id).collect();
        let mut toasts = self.toasts.lock().unwrap_or_else(PoisonError::into_inner);
        toasts.retain(|toast| toast.shown != *shown);
        toasts.push_front(Remembered { shown: shown.clone(), link: said.link.clone(), alerts });
        toasts.truncate(REMEMBERED);
    }

    fn recall(&self, shown: &Shown) -> Option<Remembered> {
        self.toasts.lock().unwrap_or_else(PoisonError::into_inner).iter().find(|toast| toast.shown == *shown).cloned()
    }
}

impl Sink for Desktop {
    fn shape(&self) -> Shape {
        Shape::ByStory { at_once: self.at_once }
    }

    fn tells_late(&self) -> bool {
        true
    }

    fn is_local(&self) -> bool {
        true
    }

    fn send<'a>(&'a self, message: &'a Message) -> Sending<'a> {
        Box::pin(async move {
            let said = told(message)?;
            let in_time = tokio::time::timeout(DEADLINE, show(&said, message.replaces.as_deref())).await;
            let (bus, shown) = in_time.map_err(|_| retry(format!("the notification server did not answer within {DEADLINE:?}")))??;
            self.remember(&shown, &said, message);
            Ok(receipt(&bus, shown).await)
        })
    }

    fn listen<'a>(&'a self, hears: &'a Hears) -> Listening<'a> {
        Box::pin(listen::listen(self, hears))
    }
}

/// Shows a toast. Each time over a fresh connection, so that a bus or a server that went away and came back is no matter.
///
/// The server is asked for its capabilities first, every time: one that hangs is found out while nothing is on its way
/// to the screen, so that the next try does not show the same twice.
async fn show(said: &Plain, replaces: Option<&str>) -> Result<(Connection, Shown), SendError> {
    let bus = server::session().await?;
    let server = Server::probe(&bus).await?;
    let replaced = replaces.and_then(|receipt| serde_json::from_str::<Shown>(receipt).ok());
    let replaced = replaced.filter(|shown| shown.owner == server.owner).map(|shown| shown.id);
    let id = server.notify(replaced, &toast(said, &server)).await?;
    Ok((bus, Shown { id, owner: server.owner }))
}

/// The receipt, if the server that was asked before the toast is still there after it; otherwise none, since the number
/// may be another server's.
async fn receipt(bus: &Connection, shown: Shown) -> Receipt {
    let Ok(Some(owner)) = tokio::time::timeout(RECEIPT_DEADLINE, server::owner(bus)).await else { return Receipt::new() };
    if owner == shown.owner { serde_json::to_string(&shown).unwrap_or_default() } else { Receipt::new() }
}

fn toast(said: &Plain, server: &Server) -> Toast {
    let (urgency, timeout, icon) = manner(said.severity);
    let body = if server.reads_markup { escape(&said.body) } else { said.body.clone() };
    let mut actions = Vec::new();
    if server.has_actions {
        if said.link.is_some() {
            // `default` is a click on the toast itself (Desktop Notifications Specification, table 6).
            actions.extend([("default", "Open"), ("open", "Open")]);
        }
        actions.push(("acknowledge", "Acknowledge"));
    }
    Toast { summary: said.title.clone(), body, icon, urgency, timeout, actions }
}

/// How loud, how long, and the name of an icon that every theme has. `Default` leaves the time to the server; a critical
/// toast stays until it is dismissed. Nothing of a feed's is ever an icon.
fn manner(severity: Severity) -> (Urgency, Timeout, &'static str) {
    match severity {
        Severity::Low => (Urgency::Low, Timeout::Milliseconds(5_000), "dialog-information"),
        Severity::Normal => (Urgency::Normal, Timeout::Default, "dialog-information"),
        Severity::High => (Urgency::Normal, Timeout::Milliseconds(30_000), "dialog-warning"),
        Severity::Critical => (Urgency::Critical, Timeout::Never, "dialog-warning"),
    }
}

/// Text for a server that reads markup in bodies (Desktop Notifications Specification, section 4.1): there is no tag of
/// ours in it, so all of it is escaped.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::alert::plain::{plain, tests::alert};

    fn server(reads_markup: bool, has_actions: bool) -> Server {
        Server { owner: ":1.2".into(), reads_markup, has_actions }
    }

    #[test]
    fn markup_is_escaped_once_and_only_for_a_server_that_reads_it() {
        let mut hostile = alert("idlib", "a < b", &[]);
        hostile.feed = "<img src=x> &amp; <a>".into();
        let said = plain(&[hostile], &[]).unwrap();
        assert!(toast(&said, &server(true, false)).body.contains("&lt;img src=x&gt; &amp;amp; &lt;a&gt;"));
        assert_eq!(toast(&said, &server(false, false)).body, said.body);
        assert_eq!(toast(&said, &server(true, false)).summary, "a < b");
    }

    #[test]
    fn buttons_are_there_where_the_server_has_them_and_there_is_something_to_open() {
        let mut without = alert("idlib", "t", &[]);
        let said = plain(std::slice::from_ref(&without), &[]).unwrap();
        assert_eq!(toast(&said, &server(true, true)).actions, [("default", "Open"), ("open", "Open"), ("acknowledge", "Acknowledge")]);
        assert!(toast(&said, &server(true, false)).actions.is_empty());
        without.url = Some("javascript:x".into());
        assert_eq!(toast(&plain(&[without], &[]).unwrap(), &server(true, true)).actions, [("acknowledge", "Acknowledge")]);
    }

    #[test]
    fn a_critical_toast_stays() {
        assert_eq!(manner(Severity::Critical), (Urgency::Critical, Timeout::Never, "dialog-warning"));
        assert_eq!(manner(Severity::High).0, Urgency::Normal);
    }

    #[test]
    fn a_receipt_survives_the_archive() {
        let text = r#"{"id":7,"owner":":1.42"}"#;
        assert_eq!(serde_json::from_str::<Shown>(text).unwrap(), Shown { id: 7, owner: ":1.42".into() });
        assert_eq!(serde_json::to_string(&Shown { id: 7, owner: ":1.42".into() }).unwrap(), text);
    }

    #[test]
    fn only_the_newest_toasts_are_remembered() {
        let desktop = Desktop::new(5);
        let said = plain(&[alert("idlib", "t", &[])], &[]).unwrap();
        let message = Message {
            key: "k".into(),
            alerts: vec![alert("idlib", "t", &[])],
            earlier_rules: vec![],
            replaces: None,
            digest: false,
            sent_ms: 0,
        };
        let shown = |id| Shown { id, owner: ":1.2".into() };
        (0..100).for_each(|id| desktop.remember(&shown(id), &said, &message));
        desktop.remember(&shown(99), &said, &message);
        assert_eq!(desktop.toasts.lock().unwrap().len(), REMEMBERED);
        assert_eq!(desktop.recall(&shown(99)).unwrap().alerts, [1]);
        assert_eq!(desktop.recall(&shown(1)), None);
        assert_eq!(desktop.recall(&Shown { id: 99, owner: ":1.3".into() }), None, "another server's toast");
    }
}
