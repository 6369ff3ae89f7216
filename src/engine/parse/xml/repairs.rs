//! What was mended on the way, counted by kind, and why a walk ends before its document does.

use crate::engine::parse::Defect;
use crate::engine::parse::budget::MAX_REPAIRS;

/// Why the walk ends before the document does: kind of the defect, and its detail.
#[derive(Debug)]
pub(super) struct Cut(pub &'static str, pub String);

/// Counts in the order of the first of each kind.
#[derive(Debug, Default)]
pub(super) struct Repairs {
    counts: Vec<(&'static str, usize)>,
    total: usize,
}

impl Repairs {
    /// Counts one repair of this kind.
    pub fn add(&mut self, kind: &'static str) -> Result<(), Cut> {
        self.total += 1;
        if self.total > MAX_REPAIRS {
            return Err(Cut("too-many-repairs", format!("more than {MAX_REPAIRS}")));
        }
        match self.counts.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, count)) => *count += 1,
            None => self.counts.push((kind, 1)),
        }
        Ok(())
    }

    /// Notes a repair that a document needs once at most.
    pub fn once(&mut self, kind: &'static str) {
        if !self.counts.iter().any(|(known, _)| *known == kind) {
            self.counts.push((kind, 1));
        }
    }

    /// The counts as defects.
    pub fn defects(&self) -> impl Iterator<Item = Defect> {
        self.counts.iter().map(|(kind, count)| Defect::new(kind, if *count == 1 { "once".to_owned() } else { format!("{count} times") }))
    }
}
