//! Calls to the notification server, as the Desktop Notifications Specification (1.2) has them. None of them is bounded in
//! time by itself: the caller's deadline holds for all together.

use super::super::{SendError, retry};
use crate::engine::alert::{plain::MAX_TITLE, safe::safe};
use std::collections::HashMap;
use zbus::{Connection, Variant};

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
    pub urgency: u8,
    pub expires_ms: i32,
    /// Keys and labels in turn.
    pub actions: Vec<&'static str>,
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

    /// Shows `toast` in place of the toast `replaces`, 0 for none; gives its number.
    pub async fn notify(&self, bus: &Connection, replaces: u32, toast: &Toast) -> Result<u32, SendError> {
        let not = |error: zbus::Error| retry(format!("the notification was not shown: {}", foreign(&error)));
        let hints: HashMap<&str, Variant<'_>> = HashMap::from([
            ("urgency", Variant::from(toast.urgency)),
            ("desktop-entry", Variant::from("marsad")),
            ("category", Variant::from("x-marsad.alert")),
        ]);
        let call = ("marsad", replaces, toast.icon, &toast.summary, &toast.body, &toast.actions, hints, toast.expires_ms);
        let reply = bus.call_method(Some(NAME), PATH, Some(NAME), "Notify", &call).await.map_err(not)?;
        reply.body().deserialize::<u32>().map_err(not)
    }
}

/// What the other side says of an error, fit for a log.
fn foreign(error: &dyn std::error::Error) -> String {
    safe(&error.to_string(), MAX_TITLE)
}
