//! What the service manager is for: a loop that hangs, memory that runs out, a process that dies at every start.

use super::{
    config, installed,
    wire::{DUE, Wire},
};
use crate::support::systemd::{Lab, Service};

/// Where a thread hangs, and what the log then says hangs.
const HANGS: &[(&str, &str)] = &[
    ("poll.due:2", "the poll loop"),
    ("index.read", "the upkeep loop"),
    ("deliver.act", "the lane of journal"),
    ("commit.before:3", "the archive"),
];

/// A feed of one article that a rule tells to one of two sinks: the other's lane stays well.
const WIRE: &str = "[[feed]]\nname = \"wire\"\nurl = \"http://127.0.0.1:8099/feed\"\nallow_private = true\nbacklog = \"alert\"\n\
    [sink.other]\ntype = \"command\"\nargv = [\"/bin/true\"]\n\
    [[rule]]\nname = \"idlib\"\nall = [\"@idlib\"]\n[rule.alert]\nsinks = [\"journal\"]\n";

fn serve_wire(lab: &Lab) {
    let feed =
        "<rss version=\\\"2.0\\\"><channel><title>t</title><item><guid>1</guid><title>Ceasefire in Idlib</title></item></channel></rss>";
    lab.good(&format!(
        "mkdir -p /srv/wire && echo \"{feed}\" >/srv/wire/feed && cd /srv/wire
         setsid python3 -m http.server --bind 127.0.0.1 8099 >/dev/null 2>&1 &"
    ));
    lab.wait_for("python3 -c \"import urllib.request as u; u.urlopen('http://127.0.0.1:8099/feed')\"");
}

/// All of them at once, each in a service of its own: what takes time is the watchdog.
#[test]
fn a_loop_that_hangs_is_named_in_the_log_and_the_service_starts_anew_and_does_its_work() {
    let lab = Lab::boot();
    let service = Service { lab: &lab, user: false };
    serve_wire(&lab);
    service.configure(WIRE);
    lab.good(
        "marsad install --system --print | sed 's/^StateDirectory=.*/StateDirectory=marsad-%i/' >/etc/systemd/system/marsad@.service
         mkdir -p /run/hang /etc/systemd/system/marsad@.service.d
         printf '[Service]\\nWatchdogSec=4\\nRestartSec=1\\nEnvironmentFile=-/run/hang/%%i\\n' >/etc/systemd/system/marsad@.service.d/test.conf
         systemctl daemon-reload",
    );
    for (n, (point, _)) in HANGS.iter().enumerate() {
        lab.good(&format!("echo MARSAD_HANG_AT={point} >/run/hang/{n} && systemctl start --no-block marsad@{n}"));
    }
    // The switch is read at a start; the next start finds none.
    for n in 0..HANGS.len() {
        lab.wait_for(&format!("systemctl is-active marsad@{n} && rm -f /run/hang/{n}"));
    }
    for (n, (point, hangs)) in HANGS.iter().enumerate() {
        lab.wait_for(&format!("[[ $(systemctl show -P NRestarts marsad@{n}) == [1-9]* ]]"));
        let journal = lab.good(&format!("journalctl --no-pager -o cat -u marsad@{n}"));
        assert!(journal.contains("Watchdog timeout") && journal.contains(&format!("hangs=\"{hangs}\"")), "{point}: {journal}");
        lab.wait_for(&format!("journalctl --no-pager -o cat -u marsad@{n} | grep -q 'Ceasefire in Idlib'"));
        lab.wait_for(&format!("marsad search Idlib --db /var/lib/private/marsad-{n}/marsad.db | grep -q Ceasefire"));
    }
}

/// Ten megabytes of items that are nobody's business, shown once; the next who asks gets the feed.
const HEAVY: &str = "python3 - <<'HEAVY'
with open('/srv/wire/heavy', 'w') as heavy:
    heavy.write('<rss version=\"2.0\"><channel><title>t</title>')
    for n in range(5000): heavy.write(f'<item><guid>h{n}</guid><title>{n}</title><description>{n} ' + 'lorem ipsum dolor sit amet ' * 70 + '</description></item>')
    heavy.write('</channel></rss>')
HEAVY
mv /srv/wire/heavy /srv/wire/once";

/// When the journal has this line of systemd's about the service for the last time, Unix seconds.
fn last_time(lab: &Lab, line: &str) -> f64 {
    let journal = lab.good("journalctl --no-pager -o short-unix -t systemd");
    let last = journal.lines().rfind(|said| said.contains(line)).unwrap_or_else(|| panic!("{line}: {journal}"));
    last.split(' ').next().unwrap().parse().unwrap()
}

/// It is given less memory than a document takes, and ends while it reads that. What it has to do then is to ask the feed again.
#[test]
fn a_service_that_the_kernel_ends_for_its_memory_starts_anew_and_goes_on() {
    let lab = Lab::boot();
    // Control groups of the older kind are shown to a container, but not given to it.
    lab.good("cd /sys/fs/cgroup; if mountpoint -q memory; then mount -o remount,bind,rw memory && systemctl daemon-reexec; fi");
    lab.wait_for("systemctl show -P Version");
    let wire = Wire::serve(&lab, &["Ceasefire in Idlib"]);
    let service = Service { lab: &lab, user: false };
    service.amend("MemoryMax=24M");
    wire.install(&service, "Ceasefire in Idlib");
    wire.wait_until_settled();
    wire.publish(&["Talks in Idlib", "Ceasefire in Idlib"]);
    lab.good(HEAVY);
    lab.good(&format!("python3 -c \"{DUE}\""));
    // It may be gone before it has answered.
    service.sh("systemctl reload marsad");
    wire.wait_for("Talks in Idlib");
    let journal = service.journal();
    // The older kind does not tell who sent the SIGKILL.
    assert!(["oom-kill", "signal"].iter().any(|result| journal.contains(&format!("Failed with result '{result}'"))), "{journal}");
    let killed = last_time(&lab, "marsad.service: Main process exited, code=killed, status=9/KILL");
    let (started, ready) = (last_time(&lab, "Starting marsad.service"), last_time(&lab, "Started marsad.service"));
    let told = wire.told().iter().find(|(_, title)| title == "Talks in Idlib").unwrap().0;
    println!(
        "killed; systemd started it anew {:.1} s later, it was ready {:.2} s after that, and the first alert came {:.2} s after the start",
        started - killed,
        ready - started,
        told - started
    );
    assert!(killed < started && started <= ready && told > started, "{journal}");
    assert!(told - started <= 5.0, "the first alert came {} s after the start", told - started);
    // By the unit's own RestartSec=.
    assert!(started - killed < 15.0, "{journal}");
    assert_eq!(service.property("NRestarts"), "1");
    assert_eq!((wire.times_told("Talks in Idlib"), wire.times_told("Ceasefire in Idlib")), (1, 1));
}

#[test]
fn starts_that_follow_each_other_too_fast_are_left_alone_and_one_by_hand_mends_it() {
    let lab = Lab::boot();
    let service = installed(&lab, false);
    // By the unit's own RestartSec= they never are: it makes six starts a minute, and is tried for ever.
    service.amend("RestartSec=100ms\\nEnvironment=MARSAD_ABORT_AT=commit.before");
    service.systemctl("restart --no-block marsad");
    service.wait_for("ActiveState", "failed");
    assert!(service.journal().contains("Start request repeated too quickly"));
    assert_eq!(service.property("NRestarts"), "10");
    service.amend("");
    service.systemctl("reset-failed marsad");
    service.systemctl("start marsad");
    service.configure(&config(2));
    service.systemctl("reload marsad");
    service.wait_for("StatusText", "'reloaded: watching 2 feeds with 1 rules'");
}
