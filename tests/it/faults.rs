//! The list of faults in `tests/README.md` holds: every number has its row, every row its tests, and each of those is there
//! and is run.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// How many faults there are. One that is new gets the next number, and a test.
const FAULTS: usize = 71;

/// The tests that are run, by the path that `cargo test` shows.
fn tests() -> BTreeMap<String, PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = BTreeMap::new();
    for folder in ["src", "tests/it"] {
        walk(&root.join(folder), &mut |file| {
            let below = file.strip_prefix(root.join(folder)).unwrap().with_extension("");
            let room: Vec<_> = below.iter().map(|part| part.to_str().unwrap()).filter(|part| *part != "mod").collect();
            let text = fs::read_to_string(file).unwrap();
            let (mut attributes, mut within) = (String::new(), room.clone());
            for line in text.lines().map(str::trim) {
                if line.starts_with("#[") {
                    attributes += line;
                } else if line.ends_with("mod tests {") {
                    within.push("tests");
                } else {
                    let name = line.trim_start_matches("async ").strip_prefix("fn ").and_then(|rest| rest.split('(').next());
                    let is_run =
                        (attributes.contains("#[test]") || attributes.contains("#[tokio::test")) && !attributes.contains("#[ignore");
                    if let (Some(name), true) = (name, is_run) {
                        found.insert(format!("{}::{name}", within.join("::")), file.to_owned());
                    }
                    attributes.clear();
                }
            }
        });
    }
    found
}

fn walk(folder: &Path, each: &mut impl FnMut(&Path)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, each);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            each(&path);
        }
    }
}

/// The rows of the list: number, fault, tests.
fn rows() -> Vec<(usize, String, Vec<String>)> {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/README.md")).unwrap();
    let section = page.split("\n## ").find(|section| section.starts_with("Faults\n")).unwrap();
    let cells = |line: &str| line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    let lines = section.lines().filter(|line| line.starts_with('|')).map(cells);
    lines
        .filter_map(|cells| {
            let number = cells[0].parse().ok()?;
            Some((number, cells[1].clone(), cells[2].split('`').skip(1).step_by(2).map(str::to_owned).collect()))
        })
        .collect()
}

#[test]
fn every_fault_of_the_list_has_tests_that_are_there_and_are_run() {
    let (tests, rows) = (tests(), rows());
    assert!(tests.len() > 500, "{} tests were found", tests.len());
    assert_eq!(rows.iter().map(|(number, ..)| *number).collect::<Vec<_>>(), (1..=FAULTS).collect::<Vec<_>>());
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    // A path is a program that the tests of a change run.
    let is_there = |name: &String| if name.contains('/') { root.join(name).exists() } else { tests.contains_key(name) };
    let missing: Vec<_> = rows
        .iter()
        .flat_map(|(number, fault, named)| {
            let none = named.is_empty().then(|| format!("{number} ({fault}) has no test"));
            named.iter().filter(|name| !is_there(name)).map(move |name| format!("{number} ({fault}): {name}")).chain(none)
        })
        .collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn a_release_unwinds_where_a_reader_panics() {
    let manifest: toml::Table = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).unwrap().parse().unwrap();
    for (name, profile) in manifest["profile"].as_table().unwrap() {
        let panic = profile.get("panic").and_then(toml::Value::as_str);
        assert!(panic.is_none_or(|panic| panic == "unwind"), "profile `{name}`: the boundary that catches panics would catch nothing");
    }
}
