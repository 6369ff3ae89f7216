//! What comes back from the screen: a server that is there again, and buttons that were pressed. One connection, a bounded
//! queue, and no toast that is not remembered.

use super::{
    super::{Heard, Hears, command::program},
    Desktop, Shown, server,
};
use futures_util::StreamExt;
use std::{collections::HashMap, num::NonZeroUsize, process::Stdio, time::Duration};
use zbus::{Connection, MatchRule, Message, MessageStream, Variant, message::Type};

/// Signals that may wait; more are dropped by the bus library.
const QUEUE: NonZeroUsize = NonZeroUsize::new(64).expect("64 is not 0");

/// Between two tries to find a bus.
const PAUSE: Duration = Duration::from_secs(30);

/// How long the desktop may take to open an address.
const OPEN_DEADLINE: Duration = Duration::from_secs(10);

/// Listens for ever, on the bus that is there.
pub(super) async fn listen(desktop: &Desktop, hears: &Hears) {
    let mut away = false;
    loop {
        if let Ok(bus) = server::session().await {
            if away {
                hears(Heard::Back);
            }
            // It ends with the bus, or never.
            let _bus_is_gone = on(&bus, desktop, hears).await;
        }
        away = true;
        tokio::time::sleep(PAUSE).await;
    }
}

async fn on(bus: &Connection, desktop: &Desktop, hears: &Hears) -> zbus::Result<()> {
    let signal = || MatchRule::builder().msg_type(Type::Signal);
    let owners = signal().sender("org.freedesktop.DBus").interface("org.freedesktop.DBus").member("NameOwnerChanged");
    let buttons = signal().interface(server::NAME).member("ActionInvoked").build()?;
    let mut owners = MessageStream::for_match_rule(owners.arg(0, server::NAME).build()?, bus, Some(QUEUE)).await?;
    let mut buttons = MessageStream::for_match_rule(buttons, bus, Some(QUEUE)).await?;
    loop {
        tokio::select! {
            changed = owners.next() => match changed {
                None => return Ok(()),
                Some(Ok(changed)) if is_there(&changed) => hears(Heard::Back),
                Some(_) => {}
            },
            pressed = buttons.next() => match pressed {
                None => return Ok(()),
                Some(Ok(pressed)) => press(bus, desktop, &pressed, hears).await,
                Some(Err(_)) => {}
            },
        }
    }
}

/// Whether the name has an owner after the change: its name before, and after.
fn is_there(changed: &Message) -> bool {
    changed.body().deserialize::<(String, String, String)>().is_ok_and(|(_, _, new)| !new.is_empty())
}

async fn press(bus: &Connection, desktop: &Desktop, pressed: &Message, hears: &Hears) {
    let Ok((id, key)) = pressed.body().deserialize::<(u32, String)>() else { return };
    let owner = pressed.header().sender().map(ToString::to_string).unwrap_or_default();
    let Some(toast) = desktop.recall(&Shown { id, owner }) else { return };
    match (key.as_str(), toast.link) {
        ("acknowledge", _) => hears(Heard::Acknowledged(toast.alerts)),
        ("default" | "open", Some(link)) => {
            // Opened is seen: there is nothing more to tell, whatever becomes of it.
            let _in_time = tokio::time::timeout(OPEN_DEADLINE, open(bus, &link)).await;
        }
        _ => {}
    }
}

/// Opens a web address, as `plain` made it, outside of this process and its confines: through the desktop's portal, or
/// where there is none by `xdg-open`.
async fn open(bus: &Connection, link: &str) {
    let call = ("", link, HashMap::<&str, Variant<'_>>::new());
    let portal = bus.call_method(
        Some("org.freedesktop.portal.Desktop"),
        "/org/freedesktop/portal/desktop",
        Some("org.freedesktop.portal.OpenURI"),
        "OpenURI",
        &call,
    );
    if portal.await.is_err() {
        let mut command = program("xdg-open");
        command.arg(link).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        if let Ok(mut child) = command.spawn() {
            // Waited for, so that no dead process stays behind; left alone when it takes longer.
            let _status = child.wait().await;
        }
    }
}
