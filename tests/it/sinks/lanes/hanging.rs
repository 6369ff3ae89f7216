//! A side that takes a message and never answers: what stops and what reloads waits for nobody who hangs.

use super::{Running, Station, hook, pause, wait_until};
use crate::support::{
    newsroom::Item,
    server::{Reply, Server},
};
use std::{
    fs,
    net::{TcpListener, TcpStream},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::Stdio,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};

/// Far below the minute for which a sink in here hangs.
const SOON: Duration = Duration::from_secs(25);

/// A mail server that takes connections and never greets.
struct DeafMail {
    port: u16,
    taken: Arc<Mutex<Vec<TcpStream>>>,
}

impl DeafMail {
    fn start() -> DeafMail {
        let (listener, taken) = (TcpListener::bind("127.0.0.1:0").unwrap(), Arc::<Mutex<Vec<TcpStream>>>::default());
        let (port, keeps) = (listener.local_addr().unwrap().port(), taken.clone());
        std::thread::spawn(move || listener.incoming().map_while(Result::ok).for_each(|stream| keeps.lock().unwrap().push(stream)));
        DeafMail { port, taken }
    }

    fn sink(&self) -> String {
        let port = self.port;
        format!(
            "[sink.letters]\ntype = \"mail\"\nserver = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\nfrom = \"a@b.example\"\n\
             to = [\"c@d.example\"]\ntimeout = \"60s\"\n"
        )
    }

    fn calls(&self) -> usize {
        self.taken.lock().unwrap().len()
    }
}

/// A sink with a program that does not end until there is a file `go`; it writes its number into `begun`, and into `twice` where
/// another of it runs.
fn program(folder: &Path) -> String {
    let path = folder.join("slow");
    let text = "#!/bin/sh\ncd \"$(dirname \"$0\")\"\nmkdir runs || echo $$ >> twice\necho $$ >> begun\n\
                while [ ! -e go ]; do sleep 0.1; done\nrmdir runs\n";
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    format!("[sink.slow]\ntype = \"command\"\nargv = [\"{}\"]\ntimeout = \"60s\"\n", path.display())
}

/// The numbers of the programs that were begun.
fn begun(folder: &Path) -> Vec<String> {
    fs::read_to_string(folder.join("begun")).unwrap_or_default().lines().map(str::to_owned).collect()
}

/// Whether a process is there that is more than an entry in its parent's book.
fn is_alive(process: &str) -> bool {
    fs::read(Path::new("/proc").join(process).join("cmdline")).is_ok_and(|words| !words.is_empty())
}

/// Stops it; it must end well, and soon.
#[track_caller]
fn stop_soon(running: Running) {
    let asked = Instant::now();
    assert_eq!(running.stop(), Some(0));
    assert!(asked.elapsed() < SOON, "{:?}", asked.elapsed());
}

/// What it left behind tells the next start that it ended well.
#[track_caller]
fn ended_well(station: &Station) {
    assert_eq!(fs::read_to_string(station.room.archive().with_extension("lock")).unwrap(), "");
    // Before a look at it makes one.
    assert!(!station.room.folder.path().join("data/marsad.db-wal").exists(), "its archive is one file");
}

#[test]
fn a_stop_waits_for_no_sink_that_hangs_and_what_was_in_hand_is_told_at_the_next_start_under_the_same_key() {
    let (deaf, answers) = (DeafMail::start(), Arc::new(AtomicBool::new(false)));
    let answering = answers.clone();
    let server = Server::start(move |_| if answering.load(SeqCst) { Reply::status(204) } else { Reply::Stall(Vec::new()) });
    let station = Station::open(1, "\"letters\", \"wire\", \"slow\", \"hook\"", |room| {
        let wire = format!("[sink.wire]\ntype = \"webhook\"\nurl = \"{}\"\ntimeout = \"60s\"\n", server.url("/wire"));
        [deaf.sink(), wire, program(room.folder.path()), hook(room, "hook", "")].concat()
    });
    let folder = station.room.folder.path();
    let running = station.start(None);
    wait_until("messages at all sides", || {
        deaf.calls() > 0 && !server.requests().is_empty() && !begun(folder).is_empty() && station.posts("/hook") == 1
    });
    wait_until("the end of one of them", || station.room.count("SELECT count(*) FROM delivery WHERE state = 'sent'") == 1);
    stop_soon(running);
    ended_well(&station);
    wait_until("end of the program that was begun", || !is_alive(&begun(folder)[0]));
    assert_eq!(station.room.count("SELECT count(*) FROM delivery WHERE state = 'pending' AND attempts = 0 AND lease_owner IS NULL"), 3);

    answers.store(true, SeqCst);
    fs::remove_dir(folder.join("runs")).unwrap();
    fs::write(folder.join("go"), "").unwrap();
    let running = station.start(None);
    wait_until("the messages that can be told", || station.room.count("SELECT count(*) FROM delivery WHERE state = 'sent'") == 3);
    stop_soon(running);
    let keys: Vec<_> = server.requests().iter().map(|seen| seen.header("webhook-id").unwrap()).collect();
    assert!(keys.len() == 2 && keys[0] == keys[1], "{keys:?}");
    assert_eq!((begun(folder).len(), station.posts("/hook")), (2, 1), "what was told is not told again");
}

#[test]
fn a_stop_waits_for_no_document_that_takes_too_long_and_it_is_read_at_the_next_start() {
    let station = Station::open(1, "\"hook\"", |room| hook(room, "hook", ""));
    let mut command = station.command(&["run"]);
    command.env("MARSAD_HANG_AT", "fetch.parsed").stdout(Stdio::null()).stderr(Stdio::null());
    let running = Running(command.spawn().unwrap());
    wait_until("a document", || station.room.server.requests().iter().any(|seen| seen.path == "/a"));
    // It is parsed within milliseconds, and never handed over.
    pause(Duration::from_secs(2));
    stop_soon(running);
    ended_well(&station);
    assert_eq!(station.room.count("SELECT count(*) FROM article"), 0);
    let running = station.start(None);
    wait_until("its alert", || station.posts("/hook") == 1);
    stop_soon(running);
}

#[test]
fn a_reload_waits_for_no_sink_that_hangs_and_gives_it_no_second_lane() {
    let deaf = DeafMail::start();
    let station = Station::open(1, "\"letters\", \"slow\", \"hook\"", |room| {
        [deaf.sink(), program(room.folder.path()), hook(room, "hook", "")].concat()
    });
    let folder = station.room.folder.path();
    let running = station.start(None);
    wait_until("messages at all sides", || deaf.calls() > 0 && !begun(folder).is_empty() && station.posts("/hook") == 1);

    let (title, text) = ("قافلة تصل إدلب", "Trucks with flour and tents, the first this month.");
    station.room.publish("b", &[Item { guid: "b-1", link: "https://other.example/1", title, text }]);
    let more = format!("[[feed]]\nname = \"b\"\nurl = \"{}\"\nallow_private = true\n", station.room.server.url("/b"));
    let config = fs::read_to_string(&station.config).unwrap().replace("\"hook\"]", "\"hook\", \"spare\"]");
    fs::write(&station.config, config + &hook(&station.room, "spare", "") + &more).unwrap();
    let asked = Instant::now();
    running.reload();
    wait_until("the new alert where nobody hangs", || (station.posts("/hook"), station.posts("/spare")) == (2, 1));
    assert!(asked.elapsed() < SOON, "{:?}", asked.elapsed());
    assert_eq!((deaf.calls(), begun(folder).len()), (1, 1), "one message at a time");

    fs::write(folder.join("go"), "").unwrap();
    let sent = "SELECT count(*) FROM delivery WHERE sink = 'slow' AND state = 'sent' AND attempts = 1";
    wait_until("the messages of the lane that no longer hangs", || station.room.count(sent) == 2);
    assert!(begun(folder).len() == 2 && !folder.join("twice").exists());
    stop_soon(running);
}
