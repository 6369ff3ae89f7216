//! Holds every `crate::` path in `src` to the table of layers in `src/lib.rs`.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// What each room may name of the others. A room may always name itself; `abort` is below all.
const MAY_USE: &[(&str, &[&str])] = &[
    ("abort", &[]),
    ("engine", &[]),
    ("config", &["engine"]),
    ("store", &["engine", "config", "abort"]),
    ("net", &["engine", "config", "abort"]),
    ("sink", &["engine", "config", "abort"]),
    ("daemon", &["engine", "config", "store", "net", "sink", "abort"]),
    ("cli", &["engine", "config", "store", "net", "sink", "daemon", "abort"]),
];

/// Crates that a room must never name.
const NEVER: &[(&str, &[&str])] = &[
    ("engine", &["tokio", "rusqlite", "reqwest", "tracing", "notify_rust"]),
    ("config", &["tokio", "rusqlite", "reqwest", "tracing", "notify_rust"]),
    ("store", &["reqwest", "notify_rust", "feed_rs"]),
    ("net", &["rusqlite", "notify_rust", "feed_rs"]),
    ("sink", &["rusqlite", "feed_rs"]),
    ("cli", &["feed_rs", "notify_rust"]),
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// The room of a file: the first part of its path below `src`.
fn room(path: &Path) -> String {
    path.components().next().unwrap().as_os_str().to_str().unwrap().trim_end_matches(".rs").to_owned()
}

/// Code without comments and without its test module.
fn code(text: &str) -> String {
    let body = text.split("#[cfg(test)]").next().unwrap();
    body.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// Rooms named by `crate::room` or `crate::{room::…, …}`.
fn named(code: &str) -> Vec<String> {
    let word = |s: &str| s.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut rooms = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + 7..];
        if !rest.starts_with('{') {
            rooms.push(word(rest));
            continue;
        }
        let (mut depth, mut start) = (0, 1);
        for (i, c) in rest.char_indices() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            if (c == ',' && depth == 1) || depth == 0 {
                rooms.push(word(&rest[start..i]));
                start = i + 1;
            }
            if depth == 0 {
                break;
            }
        }
    }
    rooms.retain(|room| !room.is_empty());
    rooms
}

#[test]
fn every_room_names_only_the_rooms_below_it() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    assert!(files.len() > 20, "the sources are not where they were");
    let mut wrong = Vec::new();
    for file in &files {
        let below = file.strip_prefix(&src).unwrap();
        let room = room(below);
        let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == room) else {
            assert!(["lib", "main"].contains(&room.as_str()), "{} is in no room of the table", below.display());
            continue;
        };
        let text = code(&fs::read_to_string(file).unwrap());
        for other in named(&text) {
            if other != room && MAY_USE.iter().any(|(name, _)| *name == other) && !allowed.contains(&other.as_str()) {
                wrong.push(format!("{} names crate::{other}", below.display()));
            }
        }
        let never = NEVER.iter().find(|(name, _)| *name == room).map_or(&[][..], |(_, crates)| crates);
        for name in never.iter().filter(|name| text.contains(&format!("{name}::"))) {
            wrong.push(format!("{} names {name}", below.display()));
        }
    }
    // The engine's only threads are the scoped ones of the parser's boundary; `async` is for the layers above.
    for file in files.iter().filter(|f| f.strip_prefix(&src).unwrap().starts_with("engine")) {
        if code(&fs::read_to_string(file).unwrap()).contains("async ") {
            wrong.push(format!("{} is async", file.display()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_file_grows_beyond_four_hundred_lines() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    let long: Vec<_> =
        files.iter().map(|f| (f, code(&fs::read_to_string(f).unwrap()).lines().count())).filter(|(_, lines)| *lines > 400).collect();
    assert!(long.is_empty(), "{long:?}");
}
