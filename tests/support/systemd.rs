//! A real systemd as PID 1 of a container, with journal, D-Bus and user managers, over a throw-away copy of this machine's
//! files. Nothing that happens inside lasts. Needs root and systemd-nspawn, and says so when it has not.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    process::{Child, Command, Stdio},
};
use tempfile::TempDir;

/// A booted container; gone when dropped.
pub struct Lab {
    container: Child,
    leader: String,
    folder: TempDir,
}

/// What a command in the lab said, on both streams.
pub struct Said {
    pub code: i32,
    pub text: String,
}

impl Lab {
    /// Boots with this build's `marsad` at /usr/local/bin/marsad and a user `ana` whose manager and bus run.
    pub fn boot() -> Lab {
        Lab::boot_with(&[])
    }

    /// The same, with other files of this machine shown inside: `path:path inside`.
    pub fn boot_with(shown: &[String]) -> Lab {
        assert!(rustix::process::geteuid().is_root(), "the systemd tests boot a container, which needs root: tests/run asks for it");
        let found = Command::new("systemd-nspawn").arg("--version").output();
        assert!(found.is_ok(), "the systemd tests need systemd-nspawn: apt-get install systemd-container");
        let folder = TempDir::new().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        // The copy is an overlay over a bind mount that dies with its own mount namespace. The control groups are the lab's own:
        // in those of whoever runs the tests, the services of two labs would share their limits, and one would end the other's.
        let script = r#"set -e
            groups=$(cat /proc/self/cgroup)
            while IFS=: read -r _ kind own; do
                case "$kind" in
                    name=systemd | memory) at="/sys/fs/cgroup/${kind#name=}$own" ;;
                    "") if test -d /sys/fs/cgroup/unified; then at="/sys/fs/cgroup/unified$own"; else at=/sys/fs/cgroup; fi ;;
                    *) continue ;;
                esac
                mkdir "$at/marsad-lab-$$"
                echo $$ >"$at/marsad-lab-$$/cgroup.procs"
            done <<GROUPS
$groups
GROUPS
            mkdir "$1/root"
            mount --bind / "$1/root"
            exec systemd-nspawn --quiet --directory="$1/root" --volatile=overlay --register=no --keep-unit --private-network \
                --machine="marsad-$$" $(shift; printf -- '--bind-ro=%s ' "$@") --boot -- systemd.unit=multi-user.target"#;
        let log = fs::File::create(folder.path().join("boot.log")).unwrap();
        let mut command = Command::new("unshare");
        command.args(["--mount", "setpriv", "--pdeathsig", "KILL", "sh", "-c", script, "sh"]);
        command.arg(folder.path()).arg(concat!(env!("CARGO_BIN_EXE_marsad"), ":/usr/local/bin/marsad")).args(shown);
        command.stdin(Stdio::null());
        let container = command.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap();
        let mut lab = Lab { container, leader: String::new(), folder };
        lab.find_leader();
        let up = "systemctl is-system-running --wait; useradd -m -s /bin/bash ana && chmod 700 /home/ana && loginctl enable-linger ana";
        lab.good(&format!("for i in $(seq 600); do test -S /run/systemd/private && break; sleep 0.1; done; {up}"));
        lab.wait_for("systemctl --user -M ana@ is-active dbus.socket");
        lab
    }

    /// The container's PID 1, as this machine numbers it.
    fn find_leader(&mut self) {
        let parent = self.container.id().to_string();
        for _ in 0..300 {
            let children = Command::new("pgrep").args(["-P", &parent, "-x", "systemd"]).output().expect("apt-get install procps");
            self.leader = String::from_utf8(children.stdout).unwrap().trim().to_owned();
            if !self.leader.is_empty() {
                return;
            }
            if let Some(ended) = self.container.try_wait().unwrap() {
                panic!("the container did not start ({ended}): {}", self.boot_log());
            }
            pause();
        }
        panic!("no systemd within 30 s: {}", self.boot_log());
    }

    fn boot_log(&self) -> String {
        fs::read_to_string(self.folder.path().join("boot.log")).unwrap_or_default()
    }

    /// Runs a line of bash as root in the lab.
    pub fn sh(&self, line: &str) -> Said {
        let mut command = Command::new("nsenter");
        command.args(["--target", &self.leader, "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup"]);
        command.args(["env", "-i", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8"]);
        let output = command.args(["bash", "-c", &format!("exec 2>&1; cd /; {line}")]).stdin(Stdio::null()).output().unwrap();
        Said { code: output.status.code().unwrap_or(-1), text: String::from_utf8_lossy(&output.stdout).trim().to_owned() }
    }

    /// The same, and it must succeed.
    pub fn good(&self, line: &str) -> String {
        let said = self.sh(line);
        assert_eq!(said.code, 0, "{line}\n{}\n{}", said.text, self.sh("journalctl --no-pager -n 60 -o cat").text);
        said.text
    }

    /// Waits up to 30 s until a line succeeds.
    pub fn wait_for(&self, line: &str) {
        self.good(&format!("for i in $(seq 300); do if {line}; then exit 0; fi; sleep 0.1; done >/dev/null; exit 1"));
    }
}

#[expect(clippy::disallowed_methods, reason = "a test that waits for other processes, with no runtime to hold up")]
fn pause() {
    std::thread::sleep(std::time::Duration::from_millis(100));
}

impl Drop for Lab {
    fn drop(&mut self) {
        // PID 1 of the container takes all of it along.
        let _ = Command::new("kill").args(["-KILL", &self.leader]).output();
        let _ = self.container.kill();
        let _ = self.container.wait();
        let groups = format!("*/marsad-lab-{}*", self.container.id());
        let find = ["/sys/fs/cgroup", "-depth", "-type", "d", "-path", &groups, "-print", "-exec", "rmdir", "{}", "+"];
        // They are in use until the last process is gone.
        for _ in 0..50 {
            if Command::new("find").args(find).output().is_ok_and(|left| left.stdout.is_empty()) {
                break;
            }
            pause();
        }
    }
}

/// marsad as a service in a lab, of the machine or of its user `ana`.
pub struct Service<'l> {
    pub lab: &'l Lab,
    pub user: bool,
}

impl Service<'_> {
    /// `systemctl` with these arguments, and it must succeed.
    pub fn systemctl(&self, arguments: &str) -> String {
        self.lab.good(&format!("{} {arguments}", self.command()))
    }

    /// How `systemctl` is called for it.
    pub fn command(&self) -> &'static str {
        if self.user {
            "setpriv --reuid ana --regid ana --init-groups env XDG_RUNTIME_DIR=/run/user/$(id -u ana) systemctl --user"
        } else {
            "systemctl"
        }
    }

    /// One property of the unit.
    pub fn property(&self, name: &str) -> String {
        self.systemctl(&format!("show -P {name} marsad"))
    }

    /// Waits up to 30 s until a property matches a pattern of bash.
    pub fn wait_for(&self, name: &str, pattern: &str) {
        self.lab.wait_for(&format!("[[ $({} show -P {name} marsad) == {pattern} ]]", self.command()));
    }

    /// Runs a line of bash as the one whose service it is.
    pub fn sh(&self, line: &str) -> Said {
        if !self.user {
            return self.lab.sh(line);
        }
        self.lab.sh(&format!(
            "cd /home/ana; setpriv --reuid ana --regid ana --init-groups env HOME=/home/ana XDG_RUNTIME_DIR=/run/user/$(id -u ana) bash <<'LINE'\n{line}\nLINE"
        ))
    }

    /// The same, and it must succeed.
    pub fn good(&self, line: &str) -> String {
        let said = self.sh(line);
        assert_eq!(said.code, 0, "{line}\n{}\n{}", said.text, self.lab.sh("journalctl --no-pager -n 60 -o cat").text);
        said.text
    }

    /// Writes the config, whole at once.
    pub fn configure(&self, text: &str) {
        let folder = self.config_folder();
        self.good(&format!("mkdir -p {folder}; cat >{folder}/new <<'CONFIG'\n{text}\nCONFIG\nmv {folder}/new {folder}/marsad.toml"));
    }

    fn config_folder(&self) -> &'static str {
        if self.user { "/home/ana/.config/marsad" } else { "/etc/marsad" }
    }

    /// The folder of the archive.
    pub fn data(&self) -> &'static str {
        if self.user { "/home/ana/.local/share/marsad" } else { "/var/lib/private/marsad" }
    }

    /// Adds lines to the unit's `[Service]`.
    pub fn amend(&self, lines: &str) {
        let folder = if self.user { "/home/ana/.config/systemd/user" } else { "/etc/systemd/system" };
        self.good(&format!("mkdir -p {folder}/marsad.service.d; printf '[Service]\\n{lines}\\n' >{folder}/marsad.service.d/test.conf"));
        self.systemctl("daemon-reload");
    }

    /// What `systemd-analyze security` gives it: 0 is best, 10 is worst.
    pub fn exposure(&self) -> f64 {
        let manager = if self.user { "--user" } else { "" };
        let said = self.good(&format!("systemd-analyze {manager} security --no-pager marsad.service"));
        let last = said.lines().last().unwrap();
        last.split("marsad.service:").nth(1).and_then(|rest| rest.split_whitespace().next()).unwrap().parse().unwrap()
    }

    /// Its lines in the journal.
    pub fn journal(&self) -> String {
        self.lab.good("journalctl --no-pager -o cat -t marsad -t systemd")
    }
}
