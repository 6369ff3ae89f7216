//! A session bus of a test's own, and a notification server on it that can hang, refuse, vanish and return.

use std::{
    collections::HashMap,
    fs,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
};
use tempfile::TempDir;
use zbus::{Connection, OwnedVariant, connection, fdo, interface};

/// No services to start by themselves: a real server on the machine must not take the place of the fake one.
const CONFIG: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=DIR/bus</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>"#;

/// A session bus; it ends with this value.
pub struct PrivateBus {
    daemon: Child,
    directory: TempDir,
    /// For `DBUS_SESSION_BUS_ADDRESS`.
    pub address: String,
}

impl PrivateBus {
    /// Starts a bus and waits until it listens.
    pub fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("bus.conf"), CONFIG.replace("DIR", directory.path().to_str().unwrap())).unwrap();
        let (daemon, address) = spawn(&directory);
        PrivateBus { daemon, directory, address }
    }

    /// Kills the bus, and with it every connection to it.
    pub fn vanish(&mut self) {
        let _gone = self.daemon.kill();
        self.daemon.wait().unwrap();
    }

    /// Starts a new bus under the old address.
    pub fn come_back(&mut self) {
        let _stale = fs::remove_file(self.directory.path().join("bus"));
        let (daemon, address) = spawn(&self.directory);
        assert_eq!(address.split(',').next(), self.address.split(',').next());
        self.daemon = daemon;
    }
}

impl Drop for PrivateBus {
    fn drop(&mut self) {
        let _gone = self.daemon.kill();
        let _status = self.daemon.wait();
    }
}

fn spawn(directory: &TempDir) -> (Child, String) {
    let config = format!("--config-file={}", directory.path().join("bus.conf").display());
    let mut daemon = Command::new("dbus-daemon")
        .args([config.as_str(), "--nofork", "--nopidfile", "--print-address=1"])
        .stdout(Stdio::piped())
        // It complains about limits that it cannot raise in a container.
        .stderr(Stdio::null())
        .spawn()
        .expect("dbus-daemon is needed: apt-get install dbus");
    let mut address = String::new();
    BufReader::new(daemon.stdout.take().unwrap()).read_line(&mut address).unwrap();
    // Without the bus's own id, so that a bus that comes back under the address is accepted.
    let address = address.trim().split(',').next().unwrap().to_owned();
    (daemon, address)
}

/// What the fake server does with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Shows it.
    Normal,
    /// Never answers anything.
    Hang,
    /// Answers what it can do, but never that it showed something.
    HangNotify,
    /// Refuses to show anything.
    Error,
}

/// One call of Notify, as it came.
#[derive(Debug, Clone)]
pub struct Toast {
    /// The number that the server gave.
    pub id: u32,
    /// The number it was asked to replace; 0 for none.
    pub replaces_id: u32,
    /// Which of the server's lives showed it, from 1.
    pub life: u32,
    pub app: String,
    pub icon: String,
    pub summary: String,
    pub body: String,
    /// Keys and labels in turn.
    pub actions: Vec<String>,
    pub hints: HashMap<String, String>,
    pub expire_ms: i32,
}

struct State {
    mode: Mode,
    markup: bool,
    life: u32,
    next_id: u32,
    toasts: Vec<Toast>,
}

/// A notification server that keeps everything it was told over all of its lives.
pub struct FakeServer {
    address: String,
    state: Arc<Mutex<State>>,
    connection: Option<Connection>,
}

impl FakeServer {
    /// A server that reads markup, on the bus at `address`.
    pub async fn start(address: &str) -> Self {
        let state = State { mode: Mode::Normal, markup: true, life: 0, next_id: 1, toasts: vec![] };
        let mut server = FakeServer { address: address.into(), state: Arc::new(Mutex::new(state)), connection: None };
        server.come_back().await;
        server
    }

    /// Leaves the bus.
    pub async fn vanish(&mut self) {
        self.connection.take().unwrap().close().await.unwrap();
    }

    /// Forgets a connection that the bus cut.
    pub fn cut_off(&mut self) {
        self.connection = None;
    }

    /// Owns the name again, as a new connection that counts its toasts from 1, as real servers do.
    pub async fn come_back(&mut self) {
        {
            let mut state = self.state.lock().unwrap();
            state.life += 1;
            state.next_id = 1;
        }
        let service = Service(self.state.clone());
        let builder = connection::Builder::address(self.address.as_str()).serve_at("/org/freedesktop/Notifications", service);
        self.connection = Some(builder.name("org.freedesktop.Notifications").build().await.unwrap());
    }

    /// Changes what it does from now on.
    pub fn set_mode(&self, mode: Mode) {
        self.state.lock().unwrap().mode = mode;
    }

    /// Changes whether it says that it reads markup.
    pub fn set_markup(&self, markup: bool) {
        self.state.lock().unwrap().markup = markup;
    }

    /// Says that a person pressed a button of the toast `id`.
    pub async fn press(&self, id: u32, key: &str) {
        let bus = self.connection.as_ref().unwrap();
        let name = "org.freedesktop.Notifications";
        bus.emit_signal(None::<&str>, "/org/freedesktop/Notifications", name, "ActionInvoked", &(id, key)).await.unwrap();
    }

    /// Everything it was told to show, in order.
    pub fn toasts(&self) -> Vec<Toast> {
        self.state.lock().unwrap().toasts.clone()
    }
}

struct Service(Arc<Mutex<State>>);

impl Service {
    async fn obey(&self, hangs: &[Mode]) -> fdo::Result<()> {
        let mode = self.0.lock().unwrap().mode;
        if hangs.contains(&mode) {
            std::future::pending::<()>().await;
        }
        Ok(())
    }
}

#[interface(name = "org.freedesktop.Notifications")]
impl Service {
    async fn get_capabilities(&self) -> fdo::Result<Vec<String>> {
        self.obey(&[Mode::Hang]).await?;
        let mut capabilities = vec!["body".to_owned(), "actions".to_owned()];
        if self.0.lock().unwrap().markup {
            capabilities.push("body-markup".to_owned());
        }
        Ok(capabilities)
    }

    #[expect(clippy::too_many_arguments, reason = "the specification has them")]
    async fn notify(
        &self,
        app: String,
        replaces_id: u32,
        icon: String,
        summary: String,
        body: String,
        actions: Vec<String>,
        hints: HashMap<String, OwnedVariant>,
        expire_ms: i32,
    ) -> fdo::Result<u32> {
        self.obey(&[Mode::Hang, Mode::HangNotify]).await?;
        let mut state = self.0.lock().unwrap();
        if state.mode == Mode::Error {
            return Err(fdo::Error::Failed("the \u{1b}[31mscreen is off".into()));
        }
        let id = if replaces_id == 0 { state.next_id } else { replaces_id };
        state.next_id = state.next_id.max(id + 1);
        let hints = hints.into_iter().map(|(name, value)| (name, format!("{:?}", *value))).collect();
        let life = state.life;
        state.toasts.push(Toast { id, replaces_id, life, app, icon, summary, body, actions, hints, expire_ms });
        Ok(id)
    }
}
