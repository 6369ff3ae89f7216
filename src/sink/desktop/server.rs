//! The notification server (Desktop Notifications Specification, 1.2): who it is, what it can do, and a toast on it, which
//! notify-rust shows. None of it is bounded in time by itself: the caller's deadline holds for all together.

use super::super::{SendError, retry};
use crate::engine::alert::{plain::MAX_TITLE, safe::safe};
use notify_rust::{Hint, Notification, Timeout, Urgency};
use zbus::Connection;

/// The name that notification servers own (section 9).
pub(super) const NAME: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";
const BUS: &str = "org.freedesktop.DBus";
const BUS_PATH: &str = "/org/freedesktop/DBus";

/// The server that answers now.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Server {
    pub owner: String,
    pub reads_markup: bool,
    pub has_actions: bool,
}

/// What a server is told to show.
#[derive(Debug)]
pub(super) struct Toast {
    pub summary: String,
    pub body: String,
    pub icon: &'static str,
    pub urgency: Urgency,
    pub timeout: Timeout,
    /// Keys and labels.
    pub actions: Vec<(&'static str, &'static str)>,
}

/// A fresh connection to the bus of this session.
pub(super) async fn session() -> Result<Connection, SendError> {
    Connection::session().await.map_err(|error| {
        retry(format!("no session bus to show notifications on ({}); is DBUS_SESSION_BUS_ADDRESS right?", foreign(&error)))
    })
}

/// Who owns the servers' name now.
pub(super) async fn owner(bus: &Connection) -> Option<String> {
    let reply = bus.call_method(Some(BUS), BUS_PATH, Some(BUS), "GetNameOwner", &NAME).await.ok()?;
    reply.body().deserialize::<String>().ok()
}

impl Server {
    /// Who answers under the servers' name, and what it can do. The bus starts a server here, where one can be started.
    pub async fn probe(bus: &Connection) -> Result<Server, SendError> {
        let none = |error: zbus::Error| retry(format!("no notification server answers on the session bus: {}", foreign(&error)));
        let reply = bus.call_method(Some(NAME), PATH, Some(NAME), "GetCapabilities", &()).await.map_err(none)?;
        let capabilities: Vec<String> = reply.body().deserialize().map_err(none)?;
        let owner = reply.header().sender().map(ToString::to_string).unwrap_or_default();
        let has = |name| capabilities.iter().any(|capability| capability == name);
        Ok(Server { owner, reads_markup: has("body-markup"), has_actions: has("actions") })
    }

    /// Shows `toast` in place of the toast `replaces`, if any; gives its number.
    pub async fn notify(&self, replaces: Option<u32>, toast: &Toast) -> Result<u32, SendError> {
        let mut notification = Notification::new();
        notification.appname("marsad").summary(&toast.summary).body(&toast.body).icon(toast.icon);
        notification.urgency(toast.urgency).timeout(toast.timeout);
        notification.hint(Hint::DesktopEntry("marsad".into())).hint(Hint::Category("x-marsad.alert".into()));
        for (key, label) in &toast.actions {
            notification.action(key, label);
        }
        if let Some(id) = replaces {
            notification.id(id);
        }
        // Never `show`, which panics on a worker of the runtime.
        let shown = notification.show_async().await;
        Ok(shown.map_err(|error| retry(format!("the notification was not shown: {}", foreign(&error))))?.id())
    }
}

/// What the other side says of an error, fit for a log.
fn foreign(error: &dyn std::error::Error) -> String {
    safe(&error.to_string(), MAX_TITLE)
}
