//! Alerts as notifications on the session bus, through notify-rust. It waits for nothing longer than five seconds,
//! keeps no connection, and replaces a toast only on the very server that gave the toast its number.

use super::{HOUR, Message, Receipt, SendError, Sending, Shape, Sink, retry};
use crate::engine::{
    alert::{
        plain::{MAX_TITLE, Plain, digest, plain},
        safe::safe,
    },
    rule::Severity,
};
use notify_rust::{Hint, Notification, Timeout, Urgency};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use zbus::Connection;

/// How long a send may take: finding the bus, asking the server who it is, and showing.
const DEADLINE: Duration = Duration::from_secs(5);

/// How long the bus may take to say whose number the toast has, once it is shown.
const RECEIPT_DEADLINE: Duration = Duration::from_millis(500);

/// The name that notification servers own (Desktop Notifications Specification, section 9).
const SERVER: &str = "org.freedesktop.Notifications";
const SERVER_PATH: &str = "/org/freedesktop/Notifications";

/// The desktop of the session that marsad runs in.
#[derive(Debug, Clone, Copy)]
pub struct Desktop {
    at_once: usize,
}

/// A toast and the server that shows it: another server, or the same one restarted, gives the same numbers to the
/// toasts of strangers.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Shown {
    id: u32,
    owner: String,
}

/// The server that answers now.
#[derive(Debug)]
struct Server {
    owner: String,
    reads_markup: bool,
}

impl Desktop {
    /// A desktop that shows a backlog of more than `at_once` messages in one.
    pub fn new(at_once: usize) -> Self {
        Desktop { at_once }
    }
}

impl Sink for Desktop {
    fn shape(&self) -> Shape {
        Shape::ByStory { at_once: self.at_once }
    }

    fn expires_after(&self) -> Duration {
        24 * HOUR
    }

    fn is_local(&self) -> bool {
        true
    }

    fn send<'a>(&'a self, message: &'a Message) -> Sending<'a> {
        Box::pin(async move {
            let said = if message.digest { digest(&message.alerts) } else { plain(&message.alerts, &message.earlier_rules) };
            let said = said.ok_or_else(|| SendError::Dead { reason: "a message without an alert".into() })?;
            let in_time = tokio::time::timeout(DEADLINE, show(&said, message.replaces.as_deref())).await;
            let (bus, shown) = in_time.map_err(|_| retry(format!("the notification server did not answer within {DEADLINE:?}")))??;
            Ok(receipt(&bus, shown).await)
        })
    }
}

/// Shows a toast. Each time over fresh connections, so that a bus or a server that went away and came back is no matter.
///
/// The server is asked for its capabilities first, every time: one that hangs is found out while nothing is on its way
/// to the screen, so that the next try does not show the same twice.
async fn show(said: &Plain, replaces: Option<&str>) -> Result<(Connection, Shown), SendError> {
    let bus = Connection::session().await.map_err(|error| {
        retry(format!("no session bus to show notifications on ({}); is DBUS_SESSION_BUS_ADDRESS right?", foreign(&error)))
    })?;
    let server = probe(&bus).await?;
    let mut toast = toast(said, server.reads_markup);
    if let Some(shown) = replaces.and_then(|receipt| serde_json::from_str::<Shown>(receipt).ok())
        && shown.owner == server.owner
    {
        toast.id(shown.id);
    }
    let handle = toast.show_async().await.map_err(|error| retry(format!("the notification was not shown: {}", foreign(&error))))?;
    Ok((bus, Shown { id: handle.id(), owner: server.owner }))
}

/// Who answers under the servers' name, and what it can do. The bus starts a server here, where one can be started.
async fn probe(bus: &Connection) -> Result<Server, SendError> {
    let none = |error: zbus::Error| retry(format!("no notification server answers on the session bus: {}", foreign(&error)));
    let reply = bus.call_method(Some(SERVER), SERVER_PATH, Some(SERVER), "GetCapabilities", &()).await.map_err(none)?;
    let capabilities: Vec<String> = reply.body().deserialize().map_err(none)?;
    let owner = reply.header().sender().map(ToString::to_string).unwrap_or_default();
    Ok(Server { owner, reads_markup: capabilities.iter().any(|capability| capability == "body-markup") })
}

/// The receipt, if the server that was asked before the toast is still there after it; otherwise none, since the number
/// may be another server's.
async fn receipt(bus: &Connection, shown: Shown) -> Receipt {
    let call =
        bus.call_method(Some("org.freedesktop.DBus"), "/org/freedesktop/DBus", Some("org.freedesktop.DBus"), "GetNameOwner", &SERVER);
    let Ok(Ok(reply)) = tokio::time::timeout(RECEIPT_DEADLINE, call).await else { return Receipt::new() };
    let same = reply.body().deserialize::<String>().is_ok_and(|owner| owner == shown.owner);
    if same { serde_json::to_string(&shown).unwrap_or_default() } else { Receipt::new() }
}

fn toast(said: &Plain, reads_markup: bool) -> Notification {
    let (urgency, timeout) = manner(said.severity);
    let mut toast = Notification::new();
    toast.appname("marsad").summary(&said.title).urgency(urgency).timeout(timeout);
    toast.hint(Hint::DesktopEntry("marsad".into())).hint(Hint::Category("x-marsad.alert".into()));
    toast.body(&if reads_markup { escape(&said.body) } else { said.body.clone() });
    toast
}

/// How loud and how long. `Default` leaves the time to the server; a critical toast stays until it is dismissed.
fn manner(severity: Severity) -> (Urgency, Timeout) {
    match severity {
        Severity::Low => (Urgency::Low, Timeout::Milliseconds(5_000)),
        Severity::Normal => (Urgency::Normal, Timeout::Default),
        Severity::High => (Urgency::Normal, Timeout::Milliseconds(30_000)),
        Severity::Critical => (Urgency::Critical, Timeout::Never),
    }
}

/// Text for a server that reads markup in bodies (Desktop Notifications Specification, section 4.1): there is no tag of
/// ours in it, so all of it is escaped.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// What the other side says of an error, fit for a log.
fn foreign(error: &dyn std::error::Error) -> String {
    safe(&error.to_string(), MAX_TITLE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_escaped_once_and_only_for_a_server_that_reads_it() {
        let said = Plain { title: "a < b".into(), body: "<img src=x> &amp; <a>".into(), severity: Severity::Normal };
        assert_eq!(toast(&said, true).body, "&lt;img src=x&gt; &amp;amp; &lt;a&gt;");
        assert_eq!(toast(&said, false).body, said.body);
        assert_eq!(toast(&said, true).summary, "a < b");
    }

    #[test]
    fn a_critical_toast_stays() {
        assert_eq!(manner(Severity::Critical), (Urgency::Critical, Timeout::Never));
        assert_eq!(manner(Severity::High).0, Urgency::Normal);
    }

    #[test]
    fn a_receipt_survives_the_archive() {
        let text = r#"{"id":7,"owner":":1.42"}"#;
        assert_eq!(serde_json::from_str::<Shown>(text).unwrap(), Shown { id: 7, owner: ":1.42".into() });
        assert_eq!(serde_json::to_string(&Shown { id: 7, owner: ":1.42".into() }).unwrap(), text);
    }
}
