//! What a program takes from its start to its end, as the kernel accounts for it.

use std::{path::Path, process::Command};

/// Runs a program; the last line says what it took: seconds of processors, those of the thread among them that writes the archive,
/// kilobytes at its peak, exit code.
const WRAP: &str = "import glob, resource, subprocess, sys, time
run = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
writer = 0
while run.poll() is None:
    for task in glob.glob(f'/proc/{run.pid}/task/*'):
        try:
            if open(task + '/comm').read() == 'archive\\n':
                writer = int(open(task + '/schedstat').read().split()[0]) / 1e9
        except OSError:
            pass
    time.sleep(0.03)
took = resource.getrusage(resource.RUSAGE_CHILDREN)
print(took.ru_utime + took.ru_stime, writer, took.ru_maxrss, run.returncode)";

/// Gives a command the environment that the shipped units have.
pub fn as_the_units(command: &mut Command) {
    let unit = include_str!("../../systemd/marsad.service");
    let given = unit.lines().filter_map(|line| line.strip_prefix("Environment=")).flat_map(str::split_whitespace);
    command.envs(given.map(|pair| pair.split_once('=').expect("NAME=VALUE")));
}

/// What a program took.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    /// Of processors, the kernel's part among them.
    pub seconds: f64,
    /// Of these, what the thread took that writes the archive.
    pub writing: f64,
    /// Of memory, at its peak.
    pub kilobytes: u64,
}

/// Runs `program`, with the arguments that `say` gives it, and waits for its end, which must be a good one; gives what it took
/// and what it wrote to its standard output.
#[track_caller]
pub fn of(program: &Path, say: impl FnOnce(&mut Command)) -> (Cost, String) {
    let mut command = Command::new("python3");
    command.args(["-c", WRAP]).arg(program);
    say(&mut command);
    let output = command.output().unwrap();
    let mut said = String::from_utf8(output.stdout).unwrap();
    let from = said.trim_end().rfind('\n').map_or(0, |at| at + 1);
    let took = said.split_off(from);
    let mut words = took.split_whitespace();
    let mut number = || words.next().unwrap().parse::<f64>().unwrap();
    let cost = Cost { seconds: number(), writing: number(), kilobytes: number() as u64 };
    assert_eq!(words.next(), Some("0"), "it ends well: {}", String::from_utf8_lossy(&output.stderr));
    (cost, said)
}
