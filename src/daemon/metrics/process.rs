//! What the system says of this process, under the names that Prometheus clients use; nothing where it does not say.

use super::text::{Kind, Text};

/// Ticks of processor time a second, on every architecture of Linux.
const TICKS: f64 = 100.0;

pub(super) fn write(text: &mut Text) {
    let read = |name: &str| std::fs::read_to_string(format!("/proc/self/{name}")).unwrap_or_default();
    let (status, stat) = (read("status"), read("stat"));
    let line =
        |name: &str| -> Option<f64> { status.lines().find_map(|line| line.strip_prefix(name)?.split_whitespace().next()?.parse().ok()) };
    // The name of the program, in brackets, may hold anything: what is counted stands behind the last of them.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let field = |place: usize| fields.get(place).and_then(|field| field.parse::<f64>().ok());
    let descriptors = std::fs::read_dir("/proc/self/fd").map(|entries| entries.count() as f64).ok();
    for (name, kind, help, value) in [
        ("process_resident_memory_bytes", Kind::Gauge, "Resident memory size in bytes.", line("VmRSS:").map(|kb| kb * 1024.0)),
        ("process_threads", Kind::Gauge, "Number of OS threads in the process.", line("Threads:")),
        ("process_open_fds", Kind::Gauge, "Number of open file descriptors.", descriptors),
        (
            "process_cpu_seconds_total",
            Kind::Counter,
            "Total user and system CPU time spent in seconds.",
            field(11).zip(field(12)).map(|(user, system)| (user + system) / TICKS),
        ),
    ] {
        if let Some(value) = value {
            text.family(name, kind, help);
            text.sample("", &[], value);
        }
    }
}
