//! What the service manager is for: a loop that hangs, memory that runs out, a process that dies at every start.

use super::{config, installed};
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

/// What the status says when all is done.
const WELL: &str = "'1 feeds (0 failing), 1 articles, 1 alerts in 24 h, 0 deliveries waiting'";

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

#[test]
fn a_service_that_the_kernel_ends_for_its_memory_starts_anew_and_goes_on() {
    let lab = Lab::boot();
    // Control groups of the older kind are shown to a container, but not given to it.
    lab.good("cd /sys/fs/cgroup; if mountpoint -q memory; then mount -o remount,bind,rw memory && systemctl daemon-reexec; fi");
    serve_wire(&lab);
    let service = Service { lab: &lab, user: false };
    service.configure(WIRE);
    service.good("marsad install --system --now");
    lab.wait_for("journalctl --no-pager -o cat -t marsad | grep -q 'Ceasefire in Idlib'");
    service.amend("RestartSec=3\\nMemoryMax=4M");
    service.sh("systemctl restart marsad");
    service.wait_for("NRestarts", "[1-9]*");
    service.amend("RestartSec=1");
    service.wait_for("StatusText", WELL);
    let journal = service.journal();
    // The older kind does not tell who sent the SIGKILL.
    assert!(["oom-kill", "signal"].iter().any(|result| journal.contains(&format!("Failed with result '{result}'"))), "{journal}");
    assert_eq!(journal.matches("Ceasefire in Idlib").count(), 1, "{journal}");
}

#[test]
fn a_service_that_dies_at_every_start_is_left_alone_and_one_start_by_hand_mends_it() {
    let lab = Lab::boot();
    let service = installed(&lab, false);
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
