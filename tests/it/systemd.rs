//! marsad under a real systemd, installed by `marsad install` as a service of the machine and of a user.

mod disk;
mod faults;
mod package;
mod wire;

use crate::support::systemd::{Lab, Service};

/// A config whose feeds refuse every connection.
fn config(feeds: usize) -> String {
    let feed = |n| format!("[[feed]]\nname = \"f{n}\"\nurl = \"http://127.0.0.1:9/{n}\"\nallow_private = true\n");
    (0..feeds).map(feed).collect::<String>() + "[[rule]]\nname = \"idlib\"\nall = [\"@idlib\"]\n[rule.alert]\nsinks = [\"journal\"]\n"
}

/// Installs and starts it, and sees that systemd calls it active only when it is ready.
fn installed(lab: &Lab, user: bool) -> Service<'_> {
    let service = Service { lab, user };
    service.configure(&config(1));
    service.good(&format!("marsad install --{} --now", if user { "user" } else { "system" }));
    assert_eq!(service.property("ActiveState"), "active");
    assert_eq!(service.property("Type"), "notify");
    service.wait_for("StatusText", "'1 feeds'*");
    service
}

fn reloads(service: &Service<'_>) {
    let before = service.property("MainPID");
    service.configure(&config(2));
    service.systemctl("reload marsad");
    service.wait_for("StatusText", "'reloaded: watching 2 feeds with 1 rules'");
    service.configure("[[feed]]\nurl = 7\n");
    service.systemctl("reload marsad");
    service.wait_for("StatusText", "*'the old one stays in force'*");
    service.wait_for("ActiveState", "active");
    assert_eq!(service.property("MainPID"), before, "a reload is no restart");
    service.configure(&config(3));
    service.systemctl("reload marsad");
    service.wait_for("StatusText", "'reloaded: watching 3 feeds with 1 rules'");
}

/// SIGTERM, within 5 s and by its own exit.
fn stops(service: &Service<'_>) {
    let stop = format!("S=$(date +%s%N); {} stop marsad; echo $(( ($(date +%s%N) - S) / 1000000 ))", service.command());
    let took_ms: u64 = service.lab.good(&stop).parse().unwrap();
    assert!(took_ms < 5_000, "stopping took {took_ms} ms");
    let ended = ["ActiveState", "Result", "ExecMainCode", "ExecMainStatus"].map(|name| service.property(name));
    assert_eq!(ended, ["inactive", "success", "1", "0"], "1 is CLD_EXITED");
}

/// Restarts after a hang of the archive and after SIGKILL, with shorter times than the unit's.
fn comes_back(service: &Service<'_>) {
    service.amend("WatchdogSec=4\\nRestartSec=1");
    service.systemctl("restart marsad");
    let before = service.property("MainPID");
    let hold =
        "import sqlite3, time; c = sqlite3.connect('marsad.db'); c.execute('BEGIN IMMEDIATE'); print('held', flush=True); time.sleep(60)";
    let holder = format!("{{ cd {} && exec python3 -c \"{hold}\"; }} >/tmp/holder 2>&1 & echo $! >/tmp/holder.pid", service.data());
    service.good(&holder);
    service.lab.wait_for("grep -q held /tmp/holder");
    service.wait_for("NRestarts", "[1-9]*");
    service.lab.good("kill -KILL $(cat /tmp/holder.pid)");
    service.wait_for("ActiveState", "active");
    let after = service.property("MainPID");
    assert_ne!(before, after);
    let journal = service.journal();
    assert!(journal.contains("Watchdog timeout") && journal.contains("hangs=\"the archive\""), "{journal}");

    service.systemctl("kill --kill-who=main -s KILL marsad");
    service.lab.wait_for(&format!("[[ $({} show -P MainPID marsad) != @(0|{after}) ]]", service.command()));
    service.wait_for("ActiveState", "active");
    let check = "import sqlite3; print(sqlite3.connect('marsad.db').execute('PRAGMA integrity_check').fetchone()[0])";
    assert_eq!(service.good(&format!("cd {}; python3 -c \"{check}\"", service.data())), "ok");
}

fn is_private(service: &Service<'_>) {
    assert_eq!(service.good(&format!("stat -c %a {}", service.data())), "700");
    assert_eq!(service.good(&format!("find {} -mindepth 1 -perm /077", service.data())), "", "nobody else may read it");
}

fn is_alone(service: &Service<'_>) {
    let second = service.sh(&format!("marsad run --db {}/marsad.db", service.data()));
    assert_eq!(second.code, 5, "{}", second.text);
    assert!(second.text.contains(&service.property("MainPID")), "it says who holds the archive: {}", second.text);
}

#[test]
fn a_service_of_the_machine_is_ready_confined_reloaded_and_stopped() {
    let lab = Lab::boot();
    let service = installed(&lab, false);
    is_private(&service);
    let exposure = service.exposure();
    assert!(exposure <= 1.5, "systemd-analyze security: {exposure}");
    assert_eq!(service.good("systemd-analyze verify /etc/systemd/system/marsad.service"), "");
    is_alone(&service);
    // Told anew each half minute.
    service.wait_for("StatusText", "'1 feeds (1 failing)'*");
    reloads(&service);
    stops(&service);
}

#[test]
fn a_service_of_the_machine_comes_back_after_a_hang_and_a_kill() {
    let lab = Lab::boot();
    comes_back(&installed(&lab, false));
}

#[test]
fn a_service_of_a_user_is_ready_confined_reloaded_and_stopped() {
    let lab = Lab::boot();
    let service = installed(&lab, true);
    is_private(&service);
    let exposure = service.exposure();
    assert!(exposure <= 2.5, "systemd-analyze security: {exposure}");
    assert_eq!(service.good("systemd-analyze --user verify ~/.config/systemd/user/marsad.service"), "");
    let root = format!("/proc/{}/root", service.property("MainPID"));
    lab.good(&format!("touch /home/ana/private && ! test -e {root}/home/ana/private && test -S {root}/run/user/$(id -u ana)/bus"));
    assert_eq!(service.sh("marsad status").code, 0, "the prompt finds the archive of the service");
    is_alone(&service);
    reloads(&service);
    stops(&service);
}

#[test]
fn a_service_of_a_user_comes_back_after_a_hang_and_a_kill() {
    let lab = Lab::boot();
    comes_back(&installed(&lab, true));
}

/// Strange paths, a program under the hidden home, the session bus: an alert reaches them out of the sandbox.
#[test]
fn an_alert_leaves_the_sandbox_by_a_program_of_the_user_and_by_the_session_bus() {
    let lab = Lab::boot();
    let service = Service { lab: &lab, user: true };
    let feed =
        "<rss version=\\\"2.0\\\"><channel><title>t</title><item><guid>1</guid><title>Ceasefire in Idlib</title></item></channel></rss>";
    service.good(&format!(
        "mkdir -p ~/wire ~/'my 100% tools' && echo \"{feed}\" >~/wire/feed && cp /usr/local/bin/marsad ~/'my 100% tools/'
         printf '#!/bin/sh\\ncat >~/.local/share/marsad/told.json\\n' >~/'my 100% tools/tell' && chmod +x ~/'my 100% tools/tell'
         (cd ~/wire; setsid python3 -m http.server --bind 127.0.0.1 8099 >/dev/null 2>&1 &)
         DBUS_SESSION_BUS_ADDRESS=unix:path=$XDG_RUNTIME_DIR/bus setsid dbus-monitor --session >~/bus.log 2>&1 &"
    ));
    lab.wait_for(
        "grep -q NameAcquired /home/ana/bus.log && python3 -c \"import urllib.request as u; u.urlopen('http://127.0.0.1:8099/feed')\"",
    );
    service.configure(
        "[[feed]]\nname = \"wire\"\nurl = \"http://127.0.0.1:8099/feed\"\nallow_private = true\nbacklog = \"alert\"\n\
         [sink.tell]\ntype = \"command\"\nargv = [\"/home/ana/my 100% tools/tell\"]\n\
         [[rule]]\nname = \"idlib\"\nall = [\"@idlib\"]\n[rule.alert]\nsinks = [\"tell\", \"desktop\"]",
    );
    service.good("~/'my 100% tools/marsad' install --user --now");
    lab.wait_for("grep -q 'Ceasefire in Idlib' /home/ana/.local/share/marsad/told.json");
    lab.wait_for("grep -q org.freedesktop.Notifications /home/ana/bus.log");
}

#[test]
fn where_user_namespaces_are_forbidden_the_relaxed_drop_in_lets_it_start() {
    let lab = Lab::boot();
    let service = Service { lab: &lab, user: true };
    lab.good(
        "mkdir -p /etc/systemd/system/user@.service.d && printf '[Service]\\nRestrictNamespaces=~user\\n' >/etc/systemd/system/user@.service.d/no.conf
         systemctl daemon-reload && systemctl restart user@$(id -u ana)",
    );
    service.configure(&config(1));
    let strict = service.sh("marsad install --user --now");
    assert!(strict.code == 1 && strict.text.contains("--relaxed"), "{}", strict.text);
    service.good("marsad install --user --now --relaxed");
    assert_eq!(service.property("ActiveState"), "active");
    service.wait_for("StatusText", "'1 feeds'*");
}

#[test]
fn a_credential_is_handed_over_and_a_start_with_a_broken_config_is_not_tried_over_and_over() {
    let lab = Lab::boot();
    let service = installed(&lab, false);
    service.configure(&(config(1) + "[sink.hook]\ntype = \"webhook\"\nurl = \"http://127.0.0.1:9/\"\ntoken_file = \"credential:hook\"\n"));
    service.good("mkdir -m 700 /etc/marsad/credentials; echo secret >/etc/marsad/credentials/hook; chmod 600 /etc/marsad/credentials/hook");
    // From a place that the unit hides, and that the service's own user may not enter.
    service.good("install -D /usr/local/bin/marsad /root/tools/marsad && /root/tools/marsad install --system --now");
    service.wait_for("StatusText", "'1 feeds'*");
    assert_eq!(lab.good(&format!("readlink /proc/{}/exe", service.property("MainPID"))), "/root/tools/marsad");
    assert_eq!(lab.good(&format!("cat /proc/{}/root/run/credentials/marsad.service/hook", service.property("MainPID"))), "secret");
    service.configure("nonsense = 1");
    service.systemctl("restart marsad");
    service.wait_for("StatusText", "*'running on the last good one'*' feeds '*");
    service.good("rm /var/lib/private/marsad/last-good.json");
    assert_eq!(service.sh("systemctl restart marsad").code, 1);
    assert_eq!(service.property("ActiveState"), "failed", "it waits for a person");
    assert_eq!(service.property("ExecMainStatus"), "3");
    assert_eq!(service.sh("marsad install --system").code, 3, "a config that the service would refuse");
}
