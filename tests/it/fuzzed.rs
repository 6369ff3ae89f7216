//! The checks of the fuzzer (`tests/fuzz`) on inputs that once broke one, on the fixtures, and on sound documents by plan.

#[path = "../fuzz/src/checks.rs"]
mod checks;
#[path = "../fuzz/src/made.rs"]
mod made;

use std::{fs, path::Path};

use marsad::engine;

fn each_file(folder: &str, check: impl Fn(&[u8])) -> usize {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder);
    let Ok(files) = fs::read_dir(folder) else { return 0 };
    let files: Vec<_> = files.map(|file| file.unwrap().path()).filter(|path| path.is_file()).collect();
    files.iter().for_each(|path| check(&fs::read(path).unwrap()));
    files.len()
}

#[test]
fn what_the_fuzzer_found_stays_mended() {
    marsad::engine::parse::quiet_panics();
    each_file("fuzz/found/feed", checks::feed);
    each_file("fuzz/found/text", checks::text);
    each_file("fuzz/found/date", checks::date);
}

#[test]
fn the_fixtures_hold_to_the_checks_under_every_content_type() {
    let read = each_file("fixtures/feeds", |bytes| {
        for choice in 0..0xC0_u8 {
            checks::feed(&[&[choice], bytes].concat());
        }
        checks::text(bytes);
    });
    assert!(read > 5);
}

#[test]
fn one_article_comes_out_the_same_by_every_route() {
    let mut dice = 0x9e37_79b9_7f4a_7c15_u64;
    for length in 0..600 {
        let plan: Vec<u8> = (0..4 + length % 29)
            .map(|_| {
                dice ^= dice << 13;
                dice ^= dice >> 7;
                dice ^= dice << 17;
                (dice >> 24) as u8
            })
            .collect();
        checks::feed(&[&[0xC0], plan.as_slice()].concat());
    }
}
