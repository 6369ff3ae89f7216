//! The checks of the fuzzer (`tests/fuzz`) on its seeds, on inputs made of them, and on everything that once broke one.

#[path = "../fuzz/src/checks/mod.rs"]
pub mod checks;

use checks::TARGETS;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The longest input that is made of seeds, in bytes.
const MAX_MADE: usize = 2_000;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

fn files(folder: &Path) -> Vec<Vec<u8>> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// The seeds of a target, as the fuzzer begins with them.
fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let made = Command::new(root().join("fuzz/seed")).arg(folder.path()).arg(target).status().unwrap();
    assert!(made.success());
    files(&folder.path().join(target))
}

/// A die that always falls the same.
struct Dice(u64);

impl Dice {
    fn below(&mut self, count: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 20) as usize % count.max(1)
    }

    /// An input made of two seeds: the beginning of one, a part of the other, and a few bytes that are others.
    fn made(&mut self, seeds: &[Vec<u8>]) -> Vec<u8> {
        let (one, other) = (&seeds[self.below(seeds.len())], &seeds[self.below(seeds.len())]);
        let mut bytes = one[..self.below(one.len() + 1)].to_vec();
        bytes.truncate(MAX_MADE);
        let from = self.below(other.len());
        bytes.extend_from_slice(&other[from..other.len().min(from + self.below(MAX_MADE))]);
        for _ in 0..self.below(6) {
            let (at, byte) = (self.below(bytes.len()), self.below(256) as u8);
            if let Some(place) = bytes.get_mut(at) {
                *place = byte;
            }
        }
        bytes
    }
}

/// Seeds, what was found, and so many inputs made of them.
fn holds(target: &str, made: usize) {
    marsad::engine::parse::quiet_panics();
    let check = TARGETS.iter().find(|(name, _)| *name == target).unwrap().1;
    let mut seeds = seeds(target);
    assert!(seeds.len() > 5, "{target} has {} seeds", seeds.len());
    seeds.extend(files(&root().join("fuzz/found").join(target)));
    seeds.iter().for_each(|seed| check(seed));
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    (0..made).for_each(|_| check(&dice.made(&seeds)));
}

#[test]
fn fixtures_hold_under_every_content_type_and_sound_documents_by_every_route() {
    for bytes in files(&root().join("fixtures/feeds")) {
        (0..0xC0_u8).for_each(|choice| checks::feed::check(&[&[choice], bytes.as_slice()].concat()));
    }
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    for length in 0..600 {
        let plan = (0..4 + length % 29).map(|_| dice.below(256) as u8);
        checks::feed::check(&std::iter::once(0xC0).chain(plan).collect::<Vec<_>>());
    }
}

// One test a target, so that they run side by side.

#[test]
fn feeds_hold() {
    holds("feed", 300);
}

#[test]
fn texts_hold() {
    holds("text", 2_000);
}

#[test]
fn dates_hold() {
    holds("date", 1_000);
}

#[test]
fn rules_hold() {
    holds("rule", 3_000);
}

#[test]
fn the_matcher_holds() {
    holds("matcher", 300);
}

#[test]
fn addresses_hold() {
    holds("url", 3_000);
}

#[test]
fn the_guard_holds() {
    holds("guard", 5_000);
}

#[test]
fn sinks_hold() {
    holds("sink", 2_000);
}

#[test]
fn what_is_shown_holds() {
    holds("shown", 2_000);
}

#[test]
fn configs_hold() {
    holds("config", 200);
}

#[test]
fn lists_hold() {
    holds("opml", 500);
}

#[test]
fn the_outbox_holds() {
    holds("outbox", 300);
}

#[test]
fn every_target_is_held_here() {
    let here = include_str!("fuzzed.rs");
    assert!(TARGETS.iter().all(|(name, _)| here.contains(&format!("    holds(\"{name}\", "))));
}
