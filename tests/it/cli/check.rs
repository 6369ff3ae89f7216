//! What `check` says of rules that work and are odd all the same, and how it shows them.

use super::{Desk, Ran, now_ms};
use rusqlite::params;
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;

const ODD: &str = r#"[[feed]]
name = "enab"
url = "https://enab.example/feed"

[concept.cholera]
ar = ["الكوليرا"]

[[rule]]
name = "odd"
all = ["@cholera", "Idlib | İdlib | Cаiro"]
when = '(age<2h age>1d OR Hama) "aid convoy" NOT aid'
"#;

/// A desk with `config` and an archive of 40 articles: all of them have الله, 30 are in Turkish.
fn archived(config: &str) -> Desk {
    let desk = Desk::bare();
    desk.write("config/marsad/marsad.toml", config);
    let archive = desk.open();
    archive.execute("INSERT INTO feed (n, id, url, next_poll_ms) VALUES (1, 'enab', 'https://enab.example/feed', 0)", []).unwrap();
    for n in 1..=40 {
        archive.execute("INSERT INTO story VALUES (?1, NULL, ?2)", params![n, now_ms()]).unwrap();
        let language = if n > 10 { "tr" } else { "ar" };
        let article = "INSERT INTO article (n, feed, story, title, text, language, first_seen_ms) VALUES (?1, 1, ?1, 'والله', '', ?2, ?3)";
        archive.execute(article, params![n, language, now_ms()]).unwrap();
    }
    desk
}

#[test]
fn what_is_odd_about_a_rule_is_a_warning_at_its_place() {
    let desk = Desk::bare();
    let file = desk.write("odd.toml", ODD);
    let ran = desk.run(&["check", "--json", file.to_str().unwrap()]);
    let said: Vec<(i64, i64, String)> = ran
        .json()
        .iter()
        .map(|problem| {
            assert_eq!(problem["severity"], "warning");
            (problem["line"].as_i64().unwrap(), problem["column"].as_i64().unwrap(), problem["message"].as_str().unwrap().to_owned())
        })
        .collect();
    let expected = [
        (10, 29, "`İdlib` folds to the same as `Idlib`"),
        (10, 38, "the letter `а` (U+0430) in `Cаiro` is Cyrillic, the others are Latin: this is not the word that it looks like"),
        (11, 17, "`age<2h` and `age>1d` can never both hold"),
        (11, 33, "`\"aid convoy\"` can never count: a NOT beside it excludes `aid`"),
    ];
    assert_eq!(said, expected.map(|(line, column, message)| (line, column, message.to_owned())));
    let shown = desk.run(&["check", file.to_str().unwrap()]).out;
    let place =
        "all = [\"@cholera\", \"Idlib | İdlib | Cаiro\"]\n    |                                      ^\nhint: write the Latin `a` (U+0061)";
    assert!(shown.contains(place) && shown.ends_with("concepts: fine, 4 warnings\n"), "{shown}");
}

#[test]
fn a_start_says_nothing_of_what_is_only_odd() {
    let desk = Desk::bare();
    desk.write("config/marsad/marsad.toml", ODD);
    let ran = desk.feed(&["match", "-"], "");
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
}

#[test]
fn the_archive_tells_common_words_busy_rules_and_languages_without_words() {
    let config = "[[feed]]\nname = \"enab\"\nurl = \"https://enab.example/feed\"\n[concept.faith]\nar = [\"الله\"]\n\
                  [[rule]]\nname = \"faith\"\nany = [\"@faith\"]\n";
    let desk = archived(config);
    let messages = |arguments: &[&str]| -> Vec<String> {
        desk.run(arguments).json().iter().map(|problem| format!("{}: {}", problem["line"], problem["message"].as_str().unwrap())).collect()
    };
    let busy = "7: the rule `faith` holds for 100 % of the newest 40 articles";
    let common = "8: `الله` of `@faith` fires on 100 % of the newest 40 articles";
    let unspoken = "8: the concept `faith` has no word in `tr`, and 30 of the newest 40 articles are in it";
    assert_eq!(messages(&["check", "--json"]), [busy, common, unspoken]);
    assert_eq!(messages(&["check", "--json", "--share", "100%"]), [unspoken]);
    assert_eq!(messages(&["check", "--json", "--no-archive"]), [""; 0]);
    assert_eq!(desk.run(&["check", "--share", "many"]).code, Some(2));
}

#[test]
fn an_archive_that_cannot_be_read_is_no_fault_of_the_config() {
    let desk = Desk::new();
    desk.write("data/marsad/marsad.db", "no database, but long enough to be looked at as one");
    let ran = desk.run(&["check"]);
    assert_eq!(ran.code, Some(0));
    assert!(ran.err.starts_with("note: no archive was asked: ") && ran.out.ends_with("fine\n"), "{ran:?}");
    assert_eq!(desk.run(&["-q", "check"]).err, "");
    // One that was named was to be asked.
    let named = desk.run(&["check", "--db", "data/marsad/marsad.db"]);
    assert!(named.code == Some(4) && named.err.starts_with("error: the archive cannot be used\n"), "{named:?}");
    assert_eq!(desk.run(&["check", "--no-archive", "--db", "data/marsad/marsad.db"]).code, Some(0));
}

#[test]
fn a_rule_is_shown_as_it_was_read() {
    let config = "[[feed]]\nname = 'un'\nurl = 'https://un.example/feed'\ntags = ['aid']\nlanguage = 'en'\n[[rule]]\nname = 'camps'\n\
                  all = ['@idlib', 'camp | tent city']\nnear = 12\nnone = ['=\"summer camp\"']\nfeeds = ['tag:aid']\n\
                  when = 'winter rain OR /fl(oo)d/i'\n[[rule]]\nname = 'other'\nany = ['truce']\n";
    let desk = Desk::bare();
    desk.write("config/marsad/marsad.toml", config);
    let shown = desk.run(&["check", "--show", "camps"]);
    assert_eq!((shown.code, shown.err.as_str()), (Some(0), ""));
    let lines = [
        "rule camps\n",
        "  all[0]     @idlib\n",
        "  all[1]     camp | \"tent city\"\n",
        "  none[0]    =\"summer camp\"\n",
        "  when       winter AND rain OR /fl(oo)d/i\n",
        "note: a blank means AND: winter rain is found wherever both words stand",
        "  near       the groups of `all` within 12 words in one field\n",
        "  where      title, text\n",
        "  feeds      tag:aid\n",
        "    camp  with the forms of en, ",
        "    =\"summer camp\"  in this form, 2 stems\n",
        "    /fl(oo)d/i  a pattern over the text as it stands\n",
        "    @idlib  ",
    ];
    for line in lines {
        assert!(shown.out.contains(line), "{line}\n{}", shown.out);
    }
    assert!(!shown.out.contains("other"));
    let objects = desk.run(&["check", "--show", "--json"]).json();
    assert_eq!(objects.len(), 2);
    assert_eq!((&objects[0]["near"], &objects[0]["parts"][1]["read"]), (&json!(12), &json!("camp | \"tent city\"")));
    assert_eq!(objects[0]["terms"][0]["languages"], json!(["en"]));
    assert!(objects[0]["concepts"][0]["terms"]["ar"].as_u64().is_some_and(|count| count > 0), "{}", objects[0]);
    assert_eq!(objects[1]["parts"], json!([{"clause": "any", "index": 0, "read": "truce", "worth": Value::Null, "notes": []}]));
    let ran = desk.run(&["check", "--show", "nosuch"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.starts_with("error: there is no rule `nosuch`\nhint: the rules are camps, other"), "{}", ran.err);
}

#[test]
fn a_secret_that_a_start_would_refuse_is_named_in_the_same_words_at_its_place() {
    let desk = Desk::bare();
    let sinks = "[alert]\nsinks = ['gone', 'open', 'unit']\n[[feed]]\nname = 'wire'\nurl = 'https://wire.example/'\nuser = 'me'\n\
                 password_file = 'wire.password'\n[[rule]]\nname = 'r'\nany = ['truce']\n\
                 [sink.gone]\ntype = 'webhook'\nurl = 'https://a.example/'\ntoken_file = 'no.token'\n\
                 [sink.open]\ntype = 'ntfy'\ntopic = 'desk'\ntoken_file = 'open.token'\n\
                 [sink.unit]\ntype = 'slack'\nurl_file = 'credential:slack'\n";
    let file = desk.write("config/marsad/marsad.toml", sinks);
    let token = desk.write("config/marsad/open.token", "CANARY");
    let mode = |path: &std::path::Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    mode(&token, 0o644);
    let checked = desk.run(&["check", "--json"]);
    assert_eq!(checked.code, Some(3), "{checked:?}");
    let found: Vec<Value> = checked.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let places: Vec<_> = found.iter().map(|problem| (problem["line"].as_i64().unwrap(), problem["severity"].as_str().unwrap())).collect();
    assert_eq!(places, [(7, "warning"), (14, "error"), (18, "error")], "{checked:?}");
    assert!(found.iter().all(|problem| problem["file"] == file.to_str().unwrap() && problem["hint"].is_string()), "{checked:?}");
    assert!(!checked.out.contains("CANARY") && !desk.run(&["check"]).out.contains("fine"));
    let start = desk.run(&["once"]);
    assert!(start.code == Some(3) && start.err.contains(found[1]["message"].as_str().unwrap()), "{start:?}\n{checked:?}");
    assert!(start.err.contains(&format!("hint: {}", found[1]["hint"].as_str().unwrap())), "{start:?}");
    for (name, mode_of) in [("no.token", 0o600), ("open.token", 0o600), ("wire.password", 0o600)] {
        mode(&desk.write(&format!("config/marsad/{name}"), "CANARY"), mode_of);
    }
    let ran = desk.run(&["check"]);
    assert!(ran.code == Some(0) && ran.out.ends_with(": fine\n"), "{ran:?}");
    // Whatever else keeps a sink from being made is told at its name.
    desk.write(
        "config/marsad/marsad.toml",
        &format!(
            "{sinks}[sink.post]\ntype = 'mail'\nserver = 'm.example'\nfrom = 'a@m.example'\nto = ['b@m.example']\nca_file = 'no.pem'\n"
        ),
    );
    let ran = desk.run(&["check"]);
    assert!(ran.code == Some(3) && ran.out.contains("marsad.toml:22:7: error: sink `post`: "), "{ran:?}");
}

#[test]
fn every_file_that_cannot_be_a_config_is_named_in_one_run_beside_what_is_wrong_in_the_others() {
    let desk = Desk::new();
    desk.write("config/marsad/feeds.d/a.toml", " \n");
    std::fs::write(desk.path("config/marsad/feeds.d/b.toml"), b"# one\nx = \"\xff\"\n").unwrap();
    std::fs::create_dir(desk.path("config/marsad/feeds.d/c.toml")).unwrap();
    desk.write("config/marsad/feeds.d/d.toml", "[[feed]\nurl = 'https://d.example/'\n");
    desk.write("config/marsad/feeds.d/e.toml", "[[feed]]\nurl = 'http://127.0.0.1/'\n");
    std::os::unix::fs::symlink("nowhere", desk.path("config/marsad/feeds.d/f.toml")).unwrap();
    let told = |ran: &Ran| -> Vec<(String, i64, String)> {
        let objects = ran.out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let one = |object: Value| {
            assert_eq!(object.as_object().unwrap().len(), 6, "{object}");
            assert!(object["severity"] == "error" && object["hint"].is_string() && object["column"].is_i64(), "{object}");
            let name = object["file"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
            (name, object["line"].as_i64().unwrap(), object["message"].as_str().unwrap().to_owned())
        };
        objects.map(one).collect()
    };
    let ran = desk.run(&["check", "--json"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(3), ""));
    let expected = [
        ("a.toml", 1, "the file is empty"),
        ("b.toml", 2, "not UTF-8 text"),
        ("c.toml", 1, "not a regular file"),
        ("d.toml", 1, "unclosed array table, expected `]`"),
        ("e.toml", 2, "`http://127.0.0.1/` is a private or loopback address"),
        ("f.toml", 1, "not a regular file"),
    ];
    assert_eq!(told(&ran), expected.map(|(file, line, message)| (file.to_owned(), line, message.to_owned())));
    let shown = desk.run(&["check"]);
    assert!(shown.out.contains("a.toml:1:1: error: the file is empty\nhint: ") && shown.out.ends_with("6 errors\n"), "{shown:?}");
    // A start says the same, in a terminal and in a journal.
    let start = desk.run(&["once"]);
    let journal = Ran::from(desk.command(&["run"]).env("JOURNAL_STREAM", "8:1").output().unwrap());
    for (file, line, message) in expected {
        let place = format!("{file}:{line}:");
        for ran in [&start, &journal] {
            assert!(ran.code == Some(3) && ran.err.contains(&place) && ran.err.contains(message), "{ran:?}");
        }
    }
    // The main file too.
    let nowhere = desk.run(&["check", "--json", "nowhere.toml"]);
    assert_eq!(
        (nowhere.code, told(&nowhere)),
        (Some(3), vec![("nowhere.toml".into(), 1, "cannot be read: No such file or directory (os error 2)".into())])
    );
    let folder = desk.run(&["check", "--json", "config"]);
    assert_eq!((folder.code, told(&folder)), (Some(3), vec![("config".into(), 1, "cannot be read: Is a directory (os error 21)".into())]));
    desk.write("bin/marsad.toml", " ");
    assert_eq!(told(&desk.run(&["check", "--json", "bin/marsad.toml"])), [("marsad.toml".into(), 1, "the file is empty".into())]);
}
