//! The shipped units in a real systemd, booted in a container over a throw-away copy of this machine.

use std::{fs, path::Path, process::Command};

/// Runs one of the scripts in `tests/support/systemd` and gives what it printed.
fn boot(script: &str) -> String {
    assert!(rustix::process::getuid().is_root(), "these tests boot a container: run them as root (tests/run does)");
    let found = Command::new("systemd-nspawn").arg("--version").output();
    assert!(found.is_ok(), "systemd-nspawn is needed: apt-get install systemd-container (tests/run does)");
    let support = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/systemd");
    let lab = tempfile::tempdir().unwrap();
    for file in ["checks", script] {
        fs::copy(support.join(file), lab.path().join(file)).unwrap();
    }
    fs::copy(env!("CARGO_BIN_EXE_marsad"), lab.path().join("marsad")).unwrap();
    let output = Command::new("bash").arg(support.join("boot")).arg(lab.path()).arg(script).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    said
}

/// Every promise was checked, none left out.
fn all_kept(said: &str) {
    println!("{said}");
    for kept in [
        "ok ready",
        "ok status",
        "ok the data folder is 0700",
        "ok a second marsad exits with 5",
        "ok good reload",
        "ok bad reload",
        "ok restarted after SIGKILL",
        "ok restarted by the watchdog",
        "ok SIGTERM",
        "ok exposure",
    ] {
        assert!(said.contains(kept), "no `{kept}` in:\n{said}");
    }
}

#[test]
fn the_system_unit_keeps_every_promise_in_a_real_systemd() {
    all_kept(&boot("system"));
}

#[test]
fn the_user_unit_keeps_every_promise_in_a_real_systemd() {
    all_kept(&boot("user"));
}
