//! Whether marsad runs, and what the service manager says of it.

use super::{Finding, Place};
use crate::{daemon::install::UNIT, store::lock};
use std::{path::Path, process::Command};

/// Is it running, by itself or as a service.
pub fn check(place: &Place) -> Vec<Finding> {
    let running = match lock::holder(&place.archive) {
        Some(pid) => Finding::ok("running", format!("process {pid}")),
        None => Finding::warning("running", "no", "`marsad run` starts it; `marsad install --user --now` makes it a service"),
    };
    let user = place.config_home.as_deref().is_some_and(|home| home.join("systemd/user").join(UNIT).exists());
    let system = ["/etc/systemd/system", "/usr/lib/systemd/system"].iter().any(|folder| Path::new(folder).join(UNIT).exists());
    let mut found = vec![running];
    found.extend(user.then(|| unit("--user")).flatten());
    found.extend(system.then(|| unit("--system")).flatten());
    found
}

/// The state of an installed unit; nothing where no manager answers.
fn unit(whose: &str) -> Option<Finding> {
    let output = Command::new("systemctl").args([whose, "show", "-P", "ActiveState", UNIT]).output().ok()?;
    let state = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let flag = if whose == "--user" { " --user" } else { "" };
    match state.as_str() {
        "" => None,
        "active" | "reloading" => Some(Finding::ok("service", format!("{UNIT} is active"))),
        "failed" => Some(Finding::problem(
            "service",
            format!("{UNIT} failed"),
            format!("`journalctl{flag} -u marsad` says why; `systemctl{flag} restart marsad` tries again"),
        )),
        other => Some(Finding::warning("service", format!("{UNIT} is {other}"), format!("`systemctl{flag} start marsad`"))),
    }
}
