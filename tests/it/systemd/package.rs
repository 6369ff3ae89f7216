//! The Debian package, made of this build, over its whole life in a real system.

use crate::support::systemd::{Lab, Service};
use std::process::Command;

/// Makes it; gives its path.
fn made() -> String {
    let output =
        Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/systemd/debian/make")).arg(env!("CARGO_BIN_EXE_marsad")).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    text.lines().last().unwrap().trim().to_owned()
}

/// Whether paths are there, in the lab.
fn are_there(lab: &Lab, paths: &str) -> bool {
    lab.sh(&format!("ls -d {paths} >/dev/null")).code == 0
}

#[test]
fn the_package_runs_once_installed_keeps_what_is_the_users_and_takes_all_else_along() {
    let lab = Lab::boot_with(&[format!("{}:/srv/marsad.deb", made())]);
    let service = Service { lab: &lab, user: false };
    // Containers of other kinds forbid packages to start services.
    let install = "rm -f /usr/sbin/policy-rc.d; dpkg --no-triggers -i /srv/marsad.deb";
    lab.good(install);
    assert_eq!(service.property("ActiveState"), "active");
    assert_eq!(service.property("FragmentPath"), "/lib/systemd/system/marsad.service");
    assert_eq!(lab.good(&format!("readlink /proc/{}/exe", service.property("MainPID"))), "/usr/bin/marsad");
    assert_eq!(lab.good("systemctl is-enabled marsad"), "enabled");
    service.wait_for("StatusText", "*' feeds ('*");
    let exposure = service.exposure();
    assert!(exposure <= 1.5, "systemd-analyze security: {exposure}");
    lab.good("systemd-analyze verify /lib/systemd/system/marsad.service");
    lab.good("/usr/bin/marsad check --config /etc/marsad/marsad.toml");
    assert_eq!(lab.good("dpkg-query -W -f '${Conffiles}' marsad | cut -d ' ' -f 2"), "/etc/marsad/marsad.toml");
    let shares = "man/man1/marsad.1.gz man/man1/marsad-run.1.gz bash-completion/completions/marsad doc/marsad/copyright";
    assert!(are_there(&lab, &shares.split(' ').map(|path| format!("/usr/share/{path} ")).collect::<String>()));
    assert_eq!(lab.good("dpkg --verify marsad"), "");

    let of_ana = Service { lab: &lab, user: true };
    of_ana.systemctl("enable --now marsad");
    assert_eq!(of_ana.property("ActiveState"), "active");
    assert_eq!(of_ana.property("FragmentPath"), "/usr/lib/systemd/user/marsad.service");
    let exposure = of_ana.exposure();
    assert!(exposure <= 2.5, "systemd-analyze security --user: {exposure}");
    assert_eq!(of_ana.good("/usr/bin/marsad status >/dev/null && stat -c %a ~/.local/share/marsad"), "700");
    of_ana.systemctl("disable --now marsad");

    let own = "mkdir -p /etc/marsad/feeds.d && echo '# mine' | tee -a /etc/marsad/marsad.toml >/etc/marsad/feeds.d/own.toml";
    lab.good(own);
    let before = service.property("MainPID");
    lab.good(install);
    assert_eq!(service.property("ActiveState"), "active");
    assert_ne!(service.property("MainPID"), before, "an upgrade starts the new program");
    lab.good("grep -q '# mine' /etc/marsad/marsad.toml");

    lab.good("dpkg --no-triggers -r marsad");
    assert_eq!(lab.sh("systemctl is-active marsad").text, "inactive");
    assert!(are_there(&lab, "/etc/marsad/marsad.toml /var/lib/private/marsad/marsad.db") && !are_there(&lab, "/usr/bin/marsad"));
    lab.good("dpkg --no-triggers --purge marsad");
    assert!(
        !are_there(&lab, "/etc/marsad/marsad.toml") && !are_there(&lab, "/var/lib/private/marsad") && !are_there(&lab, "/var/lib/marsad")
    );
    assert!(are_there(&lab, "/etc/marsad/feeds.d/own.toml /home/ana/.local/share/marsad/marsad.db"), "what it did not bring stays");
    assert_eq!(lab.sh("systemctl list-unit-files --no-legend 'marsad*'").text, "");
}
