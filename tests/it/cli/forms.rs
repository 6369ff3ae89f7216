//! The form list: made from dictionaries, used by rules, never needed, and refused when it is damaged.

use super::Desk;
use serde_json::json;

const AFF: &str = "SET UTF-8\nSFX P Y 1\nSFX P 0 iks .\n";
/// Made-up words: no grammar knows that zorgiks is a form of zorg, nor that blenê is none of blen.
const DIC: &str = "3\nzorg/P\nblene/P\nblen\n";
const ARTICLES: &str = "{\"id\": 1, \"text\": \"two zorgiks\"}\n{\"id\": 2, \"text\": \"a blenê\"}\n{\"id\": 3, \"text\": \"the zorgê\"}\n";

/// A home with rules for made-up words, and a dictionary that has them.
fn desk() -> Desk {
    let desk = Desk::bare();
    let concept = |word: &str| format!("[concept.{word}]\nkmr = ['{word}']\n[[rule]]\nname = '{word}'\nany = ['@{word}']\n");
    desk.write("config/marsad/marsad.toml", &format!("{}{}", concept("zorg"), concept("blen")));
    desk.write("dictionaries/kmr_Latn.aff", AFF);
    desk.write("dictionaries/kmr_Latn.dic", DIC);
    desk
}

fn hits(desk: &Desk, more: &[&str]) -> Vec<(i64, String)> {
    let found = desk.feed(&[&["match", "-"], more].concat(), ARTICLES).json();
    found.iter().map(|hit| (hit["id"].as_i64().unwrap(), hit["rule"].as_str().unwrap().to_owned())).collect()
}

fn pair(id: i64, rule: &str) -> (i64, String) {
    (id, rule.to_owned())
}

#[test]
fn a_form_list_adds_irregular_forms_and_vetoes_what_only_looks_like_one() {
    let desk = desk();
    assert_eq!(hits(&desk, &[]), [pair(2, "blen"), pair(3, "zorg")], "by grammar alone");
    let built = desk.run(&["forms", "build", "kmr", "--from", "dictionaries", "--out", "own.forms"]);
    assert_eq!(built.code, Some(0), "{built:?}");
    assert!(built.out.contains("5 forms from dictionaries/kmr_Latn.dic"), "{}", built.out);
    assert_eq!(hits(&desk, &["--forms", "own.forms"]), [pair(1, "zorg"), pair(3, "zorg")]);
    assert_eq!(hits(&desk, &[]), [pair(2, "blen"), pair(3, "zorg")], "a list elsewhere changes nothing");
    let shown = &desk.run(&["forms", "show", "kmr", "Zorgiks", "--forms", "own.forms", "--json"]).json()[0];
    assert_eq!(shown, &json!({"word": "zorgiks", "lemmas": ["zorg"], "forms": []}));
}

#[test]
fn a_list_beside_the_archive_is_used_and_told_of() {
    let desk = desk();
    drop(desk.open());
    assert!(desk.run(&["status"]).out.contains("the short lists that ship"));
    assert_eq!(desk.run(&["forms", "build", "kmr", "--from", "dictionaries"]).code, Some(0));
    assert_eq!(hits(&desk, &[]), [pair(1, "zorg"), pair(3, "zorg")]);
    let status = desk.run(&["status", "--json"]).json();
    assert_eq!(status[0]["forms"]["kmr"]["forms"], 5);
    assert!(desk.run(&["status"]).out.contains("words.forms (kmr)"));
}

#[test]
fn a_damaged_list_is_refused_with_a_hint_and_one_that_is_named_must_be_there() {
    let desk = desk();
    assert_eq!(desk.run(&["forms", "build", "kmr", "--from", "dictionaries", "--out", "own.forms"]).code, Some(0));
    let mut bytes = std::fs::read(desk.path("own.forms")).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(desk.path("own.forms"), bytes).unwrap();
    let refused = desk.feed(&["match", "-", "--forms", "own.forms"], ARTICLES);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.err.contains("own.forms` cannot be used") && refused.err.contains("marsad forms build"), "{}", refused.err);
    let missing = desk.feed(&["match", "-", "--forms", "none.forms"], ARTICLES);
    assert!(missing.code == Some(1) && missing.err.contains("none.forms"), "{missing:?}");
}

#[test]
fn a_language_without_a_dictionary_is_named_with_the_package_that_has_one() {
    let desk = desk();
    // Persian has none in the distribution.
    let refused = desk.run(&["forms", "build", "fa", "--from", "dictionaries"]);
    assert!(refused.code == Some(1) && refused.err.contains("no dictionary for `fa`"), "{refused:?}");
    assert!(refused.err.contains("hunspell-fa") && refused.err.contains("looked in dictionaries, "), "{refused:?}");
    let unknown = desk.run(&["forms", "build", "xx"]);
    assert!(unknown.code == Some(2) && unknown.err.contains("those that are: ar en"), "{unknown:?}");
}

/// The dictionary of the distribution, as users have it.
#[test]
fn the_distributions_dictionary_makes_a_list() {
    let desk = desk();
    let built = desk.run(&["forms", "build", "en", "--out", "en.forms"]);
    assert_eq!(built.code, Some(0), "is hunspell-en-us installed? {built:?}");
    let shown = &desk.run(&["forms", "show", "en", "refugees", "--forms", "en.forms", "--json"]).json()[0];
    assert_eq!(shown["lemmas"], json!(["refugee"]));
}
