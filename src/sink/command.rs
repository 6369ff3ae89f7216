//! Alerts to a program of the user's: JSON on its standard input, never a shell, and nothing of a feed's in its
//! arguments or its environment. Its whole process group ends when its time is up.

use super::{Message, NEW, Receipt, SendError, Sending, Shape, Sink, Wrong, only, retry};
use crate::engine::alert::{
    Alert,
    json::json,
    plain::{MAX_TITLE, severity_word},
    safe::safe,
};
use rustix::process::{Pid, Signal, kill_process_group};
use std::{
    io::ErrorKind,
    os::unix::process::ExitStatusExt,
    process::{ExitStatus, Stdio},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    process::Child,
    sync::oneshot,
};

/// How much of what the program says on standard error is kept, in bytes; the rest is read and dropped.
const MAX_SAID: usize = 4096;

/// How long a child of the program may hold standard error open after the program itself is done.
const GRACE: Duration = Duration::from_millis(200);

/// What the service manager tells this process and no other.
const OURS: [&str; 6] = ["NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC", "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"];

/// A program of the user's, which is told nothing that was meant for this one alone.
pub(super) fn program(name: &str) -> tokio::process::Command {
    let mut command = tokio::process::Command::new(name);
    for name in OURS {
        command.env_remove(name);
    }
    command
}

/// A program that is run for each alert.
#[derive(Debug)]
pub struct Command {
    program: String,
    arguments: Vec<String>,
    timeout: Duration,
}

impl Command {
    /// A command of fixed words, run for at most `timeout` each time.
    ///
    /// # Errors
    /// There is no word.
    pub fn new(argv: &[String], timeout: Duration) -> Result<Self, Wrong> {
        let Some((program, arguments)) = argv.split_first().filter(|(program, _)| !program.is_empty()) else {
            return Err(("the command is empty".into(), Some("write `argv = [\"/path/to/program\", \"argument\"]`".into())));
        };
        Ok(Command { program: program.clone(), arguments: arguments.to_vec(), timeout })
    }

    async fn run(&self, message: &Message) -> Result<Receipt, SendError> {
        let alert = only(message)?;
        let child = self.spawn(alert, &message.key)?;
        let mut group = Group(child.id().and_then(|id| Pid::from_raw(id.cast_signed())));
        let ended = tokio::time::timeout(self.timeout, tell(child, input(alert).into_bytes())).await;
        let Ok(ended) = ended else {
            return Err(retry(format!("`{}` did not end within {:?} and was killed", self.program, self.timeout)));
        };
        let (status, said) = ended.map_err(|error| retry(format!("waiting for `{}` failed: {error}", self.program)))?;
        // It is gone and reaped; its number may soon be another's.
        group.0 = None;
        if status.success() { Ok(Receipt::new()) } else { Err(retry(self.verdict(status, &said))) }
    }

    fn spawn(&self, alert: &Alert, key: &str) -> Result<Child, SendError> {
        let mut command = program(&self.program);
        command
            .args(&self.arguments)
            .envs(environment(alert, key))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        command.spawn().map_err(|error| match error.kind() {
            ErrorKind::NotFound => retry(format!("`{}` was not found; install it or correct the sink's argv", self.program)),
            _ => retry(format!("`{}` cannot be started: {error}", self.program)),
        })
    }

    fn verdict(&self, status: ExitStatus, said: &[u8]) -> String {
        let how = match (status.code(), status.signal()) {
            (Some(code), _) => format!("ended with {code}"),
            (None, signal) => format!("was killed by signal {}", signal.unwrap_or_default()),
        };
        let said = String::from_utf8_lossy(said);
        let said = safe(said.lines().find(|line| !line.trim().is_empty()).unwrap_or_default(), MAX_TITLE);
        let colon = if said.is_empty() { "" } else { ": " };
        format!("`{}` {how}{colon}{said}", self.program)
    }
}

/// What the program's environment says of `alert` with this idempotency key.
pub fn environment(alert: &Alert, key: &str) -> [(&'static str, String); 5] {
    [
        ("MARSAD_ALERT_KEY", key.to_owned()),
        ("MARSAD_ALERT", alert.id.to_string()),
        ("MARSAD_RULE", alert.rule.clone()),
        ("MARSAD_SEVERITY", severity_word(alert.severity).to_owned()),
        ("MARSAD_FEED", alert.feed.clone()),
    ]
}

/// What the program reads of `alert`: JSON, on one line.
pub fn input(alert: &Alert) -> String {
    format!("{}\n", json(alert, NEW))
}

impl Sink for Command {
    fn shape(&self) -> Shape {
        Shape::Each
    }

    fn send<'a>(&'a self, message: &'a Message) -> Sending<'a> {
        Box::pin(self.run(message))
    }
}

/// The process group of a program that runs: killed whole when this is dropped, be it for time or at a shutdown.
struct Group(Option<Pid>);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // There is nobody to tell, and an empty group is what is wanted.
            let _gone = kill_process_group(group, Signal::KILL);
        }
    }
}

/// Writes `input`, reads what is said on standard error, and waits for the end. A program that reads nothing is fine.
async fn tell(mut child: Child, input: Vec<u8>) -> std::io::Result<(ExitStatus, Vec<u8>)> {
    let (stdin, stderr) = (child.stdin.take(), child.stderr.take());
    let (ended, end) = oneshot::channel();
    let mut said = Vec::new();
    let pipes = async {
        let write = async {
            if let Some(mut stdin) = stdin {
                // A program that does not care to read closes the pipe: its exit status is what counts.
                let _unread = stdin.write_all(&input).await;
            }
        };
        let read = async {
            if let Some(stderr) = stderr {
                drain(stderr, &mut said).await;
            }
        };
        tokio::join!(write, read);
    };
    let wait = async {
        let status = child.wait().await;
        let _listening = ended.send(());
        status
    };
    let pipes_or_end = async {
        tokio::select! {
            () = pipes => {}
            () = async { let _ended = end.await; tokio::time::sleep(GRACE).await } => {}
        }
    };
    let (status, ()) = tokio::join!(wait, pipes_or_end);
    Ok((status?, said))
}

/// Reads to the end, or to the first error, and keeps the first [`MAX_SAID`] bytes.
async fn drain(mut from: impl AsyncRead + Unpin, said: &mut Vec<u8>) {
    let mut buffer = [0; 1024];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        let room = MAX_SAID.saturating_sub(said.len());
        said.extend_from_slice(&buffer[..read.min(room)]);
    }
}
