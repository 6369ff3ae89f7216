//! The desktop sink in a process of its own. It finds its bus in the environment, as every desktop program does, and
//! tests that share a process cannot have an environment each.
//!
//! The process is this test binary again, told to run [`serve`] alone: messages come in and answers go out by line.

use super::alerts::Brief;
use marsad::{
    config::{SinkKind, SinkSpec},
    sink::{self, SendError, World},
};
use serde::{Deserialize, Serialize};
use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

/// Tells the process that it is one.
const MARK: &str = "MARSAD_TEST_SINK_PROCESS";
/// What an answer's line starts with, beside what the test harness prints.
const ANSWER: &str = "@@ ";

/// What the sink said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    Ok(String),
    Retry(String),
    Dead(String),
}

/// An answer, and what the process holds after it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Report {
    pub answer: Answer,
    /// Open file descriptors.
    pub files: usize,
    /// Tasks alive on the runtime.
    pub tasks: usize,
}

/// A process with one desktop sink.
pub struct SinkProcess {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl SinkProcess {
    /// Starts the process with these variables in its environment and no other hint of a session.
    pub fn start<'a>(environment: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "sinks::desktop_sink_process", "--ignored", "--nocapture", "--test-threads=1"]);
        command.env_remove("DBUS_SESSION_BUS_ADDRESS").env("XDG_RUNTIME_DIR", "/nonexistent").env(MARK, "1").envs(environment);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (input, output) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        SinkProcess { child, input, output }
    }

    /// On the bus at `address`.
    pub fn on_bus(address: &str) -> Self {
        Self::start([("DBUS_SESSION_BUS_ADDRESS", address)])
    }

    /// Sends a message and waits for the answer. Blocks: a fake server needs a runtime of more than one thread.
    pub fn report(&mut self, message: &Brief) -> Report {
        writeln!(self.input, "{}", serde_json::to_string(message).unwrap()).unwrap();
        loop {
            let mut line = String::new();
            assert_ne!(self.output.read_line(&mut line).unwrap(), 0, "the sink process ended");
            if let Some((_, report)) = line.split_once(ANSWER) {
                return serde_json::from_str(report).unwrap();
            }
        }
    }

    /// The same, the answer only.
    pub fn send(&mut self, message: &Brief) -> Answer {
        self.report(message).answer
    }

    /// The same for a message that must go out; gives its receipt.
    pub fn shown(&mut self, message: &Brief) -> String {
        match self.send(message) {
            Answer::Ok(receipt) => receipt,
            other => panic!("not shown: {other:?}"),
        }
    }
}

impl Drop for SinkProcess {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _status = self.child.wait();
    }
}

/// The other side: answers every line on standard input until it ends.
pub fn serve() {
    if std::env::vars().all(|(name, _)| name != MARK) {
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let spec = SinkSpec::new("desktop", SinkKind::Desktop { at_once: 5 });
    let sink = sink::build(&spec, &World::default()).unwrap();
    let held = || (std::fs::read_dir("/proc/self/fd").unwrap().count(), runtime.metrics().num_alive_tasks());
    let mut at_first = None;
    for line in std::io::stdin().lines() {
        let brief: Brief = serde_json::from_str(&line.unwrap()).unwrap();
        let message = brief.message();
        let answer = match runtime.block_on(sink.send(&message)) {
            Ok(receipt) => Answer::Ok(receipt),
            Err(SendError::Retry { reason, .. }) => Answer::Retry(reason),
            Err(SendError::Dead { reason }) => Answer::Dead(reason),
        };
        // What was dropped has a moment to be gone, and longer where there is more than after the first message.
        for _ in 0..100 {
            runtime.block_on(async { tokio::time::sleep(std::time::Duration::from_millis(50)).await });
            if at_first.is_none_or(|(files, tasks)| held().0 <= files && held().1 <= tasks) {
                break;
            }
        }
        let (files, tasks) = held();
        at_first.get_or_insert((files, tasks));
        let report = Report { answer, files, tasks };
        println!("{ANSWER}{}", serde_json::to_string(&report).unwrap());
    }
}
