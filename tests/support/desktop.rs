//! A real desktop: an X server without a screen, a session bus, and the dunst notification daemon. All of it ends with
//! the value.

use super::notifications::PrivateBus;
use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};
use tempfile::TempDir;

/// Fonts that draw Arabic, toasts wide enough to read, and nothing that depends on whose machine it is.
const DUNSTRC: &str = "[global]\nwidth = 600\nheight = (0, 300)\norigin = top-right\noffset = (20, 20)\nfont = Noto Sans 14\nmarkup = full\n\
    format = \"<b>%s</b>\\n%b\"\nalignment = left\nicon_position = off\nshow_indicators = no\n[urgency_normal]\ntimeout = 0\n[urgency_critical]\ntimeout = 0\n";

/// The desktop.
pub struct Desktop {
    bus: PrivateBus,
    children: Vec<Child>,
    display: String,
    directory: TempDir,
}

impl Desktop {
    /// Starts it and waits until the notification server owns its name.
    pub fn start() -> Self {
        let bus = PrivateBus::start();
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("dunstrc"), DUNSTRC).unwrap();
        let (screen, display) = screen();
        let mut desktop = Desktop { bus, children: vec![screen], display, directory };
        let config = desktop.directory.path().join("dunstrc");
        let dunst = desktop.command("dunst").arg("-config").arg(config).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        desktop.children.push(dunst.expect("dunst is needed: apt-get install dunst"));
        desktop.wait_for("a notification server", || desktop.count("waiting").is_some());
        desktop
    }

    /// What a program of this session finds in its environment.
    pub fn env(&self) -> [(&str, &str); 2] {
        [("DISPLAY", &self.display), ("DBUS_SESSION_BUS_ADDRESS", &self.bus.address)]
    }

    /// How many notifications are `displayed`, `waiting` or in `history`.
    pub fn count(&self, which: &str) -> Option<usize> {
        let output = self.command("dunstctl").args(["count", which]).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().parse().ok()
    }

    /// Closes all that is shown and gives dunst's history as JSON.
    pub fn history(&self) -> serde_json::Value {
        assert!(self.command("dunstctl").arg("close-all").status().unwrap().success());
        let output = self.command("dunstctl").arg("history").output().unwrap();
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Saves a picture of the screen and says how many colours are in it: one, where nothing is shown.
    pub fn screenshot(&self, path: &Path) -> usize {
        let saved = self.command("import").args(["-window", "root"]).arg(path).status();
        assert!(saved.expect("import is needed: apt-get install imagemagick").success());
        let output = Command::new("identify").args(["-format", "%k"]).arg(path).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().parse().unwrap()
    }

    /// Waits up to a minute: the first who asks for fonts has the system look through them all.
    pub fn wait_for(&self, what: &str, done: impl Fn() -> bool) {
        for _ in 0..1_200 {
            if done() {
                return;
            }
            pause(Duration::from_millis(50));
        }
        panic!("no {what} within a minute");
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.envs(self.env()).env("HOME", self.directory.path()).env_remove("WAYLAND_DISPLAY").env_remove("XDG_CONFIG_HOME");
        command
    }
}

impl Drop for Desktop {
    fn drop(&mut self) {
        for child in self.children.iter_mut().rev() {
            let _gone = child.kill();
            let _status = child.wait();
        }
    }
}

/// An X server that chose its own number.
fn screen() -> (Child, String) {
    let mut screen = Command::new("Xvfb")
        .args(["-displayfd", "1", "-screen", "0", "1200x800x24", "-nolisten", "tcp"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("Xvfb is needed: apt-get install xvfb");
    let mut number = String::new();
    let mut output = BufReader::new(screen.stdout.take().unwrap());
    output.read_line(&mut number).unwrap();
    (screen, format!(":{}", number.trim()))
}

#[expect(clippy::disallowed_methods, reason = "a test that waits for other processes, with no runtime to hold up")]
fn pause(time: Duration) {
    std::thread::sleep(time);
}
