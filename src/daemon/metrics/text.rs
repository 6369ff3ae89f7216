//! The text exposition format of Prometheus, version 0.0.4
//! (<https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format>).

use crate::sink::anew::anew;
use std::{fmt::Write as _, fs, io, io::Write as _, path::Path};

/// What a family of series is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Counter,
    Gauge,
    Histogram,
    Summary,
}

/// A page that grows family by family.
#[derive(Debug, Default)]
pub(super) struct Text {
    page: String,
    family: &'static str,
}

impl Text {
    /// Begins a family; its samples follow.
    pub fn family(&mut self, name: &'static str, kind: Kind, help: &str) {
        let kind = match kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
            Kind::Summary => "summary",
        };
        self.family = name;
        // Writing into a string cannot fail.
        let _ = writeln!(self.page, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    /// A sample of the family that was begun last; `end` is what its kind adds to the name.
    pub fn sample(&mut self, end: &str, labels: &[(&str, &str)], value: f64) {
        let labels: Vec<String> = labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
        let braces = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        let _ = writeln!(self.page, "{}{end}{braces} {value}", self.family);
    }

    /// The whole page.
    pub fn end(self) -> String {
        self.page
    }
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// Puts a page into a file that a collector may read at any moment: whole, or the one before.
///
/// # Errors
/// When it cannot be written.
pub(super) fn put(file: &Path, page: &str) -> io::Result<()> {
    // Another ending: the collector takes it for no file of its own.
    let part = file.with_extension("prom.part");
    let mut half = anew(&part, 0o666)?;
    half.write_all(page.as_bytes())?;
    fs::rename(part, file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_that_lies_in_its_way_leads_nowhere() {
        let folder = tempfile::tempdir().unwrap();
        let [file, part, victim] = ["own.prom", "own.prom.part", "victim"].map(|name| folder.path().join(name));
        fs::write(&victim, "my thesis").unwrap();
        std::os::unix::fs::symlink(&victim, &part).unwrap();
        put(&file, "page").unwrap();
        assert_eq!(fs::read_to_string(&victim).unwrap(), "my thesis");
        assert!(file.symlink_metadata().unwrap().is_file() && !part.exists());
    }
}
