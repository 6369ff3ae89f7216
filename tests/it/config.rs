//! The config, whole: what loads, and that everything wrong is told in one run, at its place.

mod sinks;

use marsad::config::{self, Level, Loaded, Report, SinkKind, Source, files};
use marsad::engine::feed::Backlog;
use marsad::engine::rule::{FeedScope, Field, Near, Severity};
use std::{fs, path::Path, time::Duration};

fn source(name: &str, text: &str) -> Source {
    Source { name: name.into(), text: text.into() }
}

fn load(text: &str) -> Result<Loaded, Report> {
    config::load(&[source("marsad.toml", text)], &Default::default())
}

/// Every problem as `line:column level message`.
fn problems(text: &str) -> Vec<String> {
    let problems = match load(text) {
        Ok(loaded) => loaded.warnings,
        Err(report) => report.problems,
    };
    problems.iter().map(|p| format!("{}:{} {} {}", p.line, p.column, p.severity, p.message)).collect()
}

/// The hint of the only problem.
fn hint(text: &str) -> String {
    let report = load(text).unwrap_err();
    assert_eq!(report.problems.len(), 1, "{report}");
    report.problems[0].hint.clone().unwrap_or_default()
}

/// A config with one good feed and one good rule, and `more`.
fn with(more: &str) -> String {
    format!("[[feed]]\nurl = 'https://a.example/rss'\nname = 'a'\ntags = ['syria']\n[[rule]]\nname = 'r'\nany = ['word']\n{more}")
}

#[test]
fn the_default_config_loads_without_a_warning() {
    let loaded =
        config::load(&[source("<default>", config::default_text())], &Default::default()).unwrap_or_else(|report| panic!("{report}"));
    assert_eq!(loaded.warnings, []);
    let config = loaded.config;
    assert!(config.feeds.len() >= 15);
    for language in ["ar", "tr", "ru", "en"] {
        assert!(config.feeds.iter().filter(|f| f.language.as_deref() == Some(language)).count() >= 4, "{language}");
    }
    assert!(config.feeds.iter().all(|f| !f.tags.is_empty() && f.url.starts_with("https://")));
    let ids: Vec<_> = config.rules.specs().iter().map(|r| r.id.as_str()).collect();
    assert_eq!(ids, ["idlib", "ceasefire", "displacement"]);
    assert!(config.rules.specs().iter().all(|r| r.feeds.is_empty() && r.sinks == ["desktop", "journal"]));
    assert_eq!(config.poll, config::Poll::default());
    assert_eq!(config.archive, config::Archive::default());
    assert_eq!(
        (config.health.enabled, config.health.severity, &config.health.sinks),
        (true, Severity::Normal, &config.rules.specs()[0].sinks)
    );
    assert!(config.rule_hashes.iter().all(|h| h.len() == 64));
}

#[test]
fn the_example_config_loads_without_a_warning() {
    let loaded = load(include_str!("../../config/example.toml")).unwrap_or_else(|report| panic!("{report}"));
    assert_eq!(loaded.warnings, []);
    let config = loaded.config;
    assert_eq!(config.archive.keep, None);
    assert_eq!(config.sinks.len(), 8);
    let house = config.feeds.iter().find(|f| f.id == "house wire").unwrap();
    assert!(house.allow_private);
    assert_eq!(house.backlog, Backlog::Alert);
    let [truce, headlines, aid, families] = config.rules.specs() else { panic!("four rules") };
    let sinks = ["desktop", "desk", "log", "phone", "team", "feed"].map(String::from);
    assert_eq!((truce.severity, truce.sinks.as_slice()), (Severity::High, sinks.as_slice()));
    assert_eq!(truce.near, Some(Near::Words(30)));
    assert_eq!((headlines.id.as_str(), headlines.fields.as_slice()), ("displacement-headlines", [Field::Title].as_slice()));
    assert_eq!(headlines.feeds, [FeedScope::Tag("agency".into()), FeedScope::Feed("Syria Direct".into())]);
    assert_eq!((aid.score.len(), aid.threshold, aid.title_factor), (5, 5.0, 1.5));
    assert!(families.when.is_some());
    assert_eq!(aid.severity, Severity::Low);
}

#[test]
fn nothing_is_odd_about_the_configs_that_ship() {
    let texts = [config::default_text(), include_str!("../../config/example.toml")];
    for text in texts {
        let (outcome, _) = config::check(&[source("marsad.toml", text)], &Default::default());
        let warnings = outcome.map_or_else(|report| report.problems, |loaded| loaded.warnings);
        let shown: String = warnings.iter().map(ToString::to_string).collect();
        assert!(shown.is_empty(), "{shown}");
    }
}

#[test]
fn every_problem_comes_in_one_run_at_its_place() {
    let text = "\
[poll]
intervall = '15m'
interval = '10s'
concurrency = 0
[[feed]]
url = 'ftp://a.example/rss'
[[feed]]
name = 'local'
url = 'http://127.0.0.1/rss'
langauge = 'ar'
[[feed]]
name = 'local'
url = 'https://b.example/rss'
language = 'jp'
[[feed]]
tags = []
[[rule]]
name = 'one'
all = ['@idlb', 7]
feeds = ['tag:syria', 'locl']
severity = 'hihg'
alert.sinks = ['deskop']
[[rule]]
name = 'one'
none = ['x']
[[rule]]
name = 'two'
any = []
where = ['body']
[sink.chat]
type = 'webhok'
";
    assert_eq!(
        problems(text),
        [
            "2:1 error unknown key `intervall` in `[poll]`",
            "3:12 error `interval` must be at least \"1m\"",
            "4:15 error `concurrency` must be from 1 to 256",
            "6:7 error the scheme `ftp` is not supported, only http and https",
            "9:7 error `http://127.0.0.1/rss` is a private or loopback address",
            "10:1 error unknown key `langauge` in feed `local`",
            "12:8 error two feeds have the name `local`",
            "14:12 warning `jp` does not look like a language tag",
            "15:1 error feed has no `url`",
            "16:8 error an empty list",
            "19:9 error unknown concept `@idlb`",
            "19:17 error expected a string, found an integer",
            "20:10 error no feed has the tag `syria`",
            "20:23 error unknown feed `locl`",
            "21:12 error unknown severity `hihg`",
            "22:16 error unknown sink `deskop`",
            "24:8 error two rules have the id `one`",
            "25:1 error rule `one` has only `none`, so everything else would match",
            "28:7 error an empty list",
            "29:10 error unknown field `body`",
            "31:8 error unknown sink type `webhok`",
        ]
    );
}

#[test]
fn an_address_with_a_control_character_is_refused_and_never_repeated() {
    for bad in [
        "https://b.example/\\u001b]0;pwned\\u0007",
        "https://b.example/\\u009b2J",
        "https://b.exa\\nmple/",
        "\\u001b[2J",
        "ftp\\u0007://b/",
    ] {
        let feed = with(&format!("[[feed]]\nurl = \"{bad}\"\n"));
        assert_eq!(problems(&feed), ["9:7 error an address has a control character"], "{bad}");
        assert!(!load(&feed).unwrap_err().to_string().contains(|c: char| c.is_control() && c != '\n'), "{bad}");
        let sink = with(&format!("[sink.hook]\ntype = 'webhook'\nurl = \"{bad}\"\n"));
        assert_eq!(problems(&sink), ["10:7 error an address has a control character"], "{bad}");
    }
    // Blanks round it are no part of it.
    assert_eq!(load(&with("[[feed]]\nurl = \" https://b.example/\\n\"\n")).unwrap().config.feeds[1].url, "https://b.example/");
}

#[test]
fn a_problem_is_shown_with_its_line_a_caret_and_a_hint() {
    let text = with("feeds = ['tag:siria']\n");
    assert_eq!(
        load(&text).unwrap_err().to_string(),
        "marsad.toml:8:10: error: no feed has the tag `siria`\n 8 | feeds = ['tag:siria']\n   |          ^^^^^^^^^^^\nhint: did you mean `tag:syria`?\n"
    );
}

#[test]
fn several_syntax_errors_and_what_stands_beside_them_come_in_one_run() {
    let text = "[[feed]]\nurl = 'https://a.example/rss\nname = a b\ntags = ['x']\n[poll]\nconcurrency = 9999\ninterval = \n[[rule]]\nname = 'r'\nany = ['@nothing']\n";
    let found = problems(text);
    let lines: Vec<&str> = found.iter().filter_map(|p| p.split(':').next()).collect();
    for line in ["2", "3", "6", "7"] {
        assert!(lines.contains(&line), "{found:#?}");
    }
    assert!(!lines.contains(&"10"), "what a broken line may have held is not missed: {found:#?}");
}

#[test]
fn a_list_that_is_never_closed_is_one_problem() {
    let text = with("all = ['a', 'b'\nseverity = 'low'\n[poll]\ninterval = '2m'\n");
    let found = problems(&text);
    assert_eq!(found, ["9:1 error missing comma between array elements, expected `,`"]);
    assert_eq!(hint(&text), "is the list before this closed with `]`?");
}

#[test]
fn a_key_that_is_defined_twice_is_refused() {
    let found = problems(&with("[poll]\ntimeout = '5s'\ntimeout = '6s'\n"));
    assert_eq!(found, ["10:1 error duplicate key"]);
}

#[test]
fn a_wrong_policy_is_a_problem_at_its_place_with_what_to_write() {
    for (text, expected) in [
        ("[rule.alert]\ncooldown = '2 hours'\n", "`2 hours` is not a duration"),
        ("[rule.alert]\ngroup_by = 'storey'\n", "unknown group `storey`"),
        ("[rule.alert]\nfollow_up = ['sources > 3']\n", "unknown follow-up `sources > 3`"),
        ("[rule.alert]\nescalate = ['later']\n", "unknown escalation `later`"),
        ("[rule.alert]\nquiet = 'night'\n", "there is no `[quiet.night]`"),
        ("[rule.alert]\ndigest = 'd'\n", "there is no `[digest.d]`"),
        ("[rule.alert]\nmax_per_hour = 0\n", "`max_per_hour` must be from 1 to 1000"),
        ("[quiet.night]\nfrom = '22:00'\nto = '25:00'\ntz = 'UTC'\n", "`25:00` is no time of day"),
        ("[quiet.night]\nfrom = '22:00'\nto = '07:00'\ntz = 'Europe/Istambul'\n", "unknown time zone `Europe/Istambul`"),
        ("[quiet.night]\nfrom = '22:00'\nto = '22:00'\ntz = 'UTC'\n", "`[quiet.night]` begins when it ends"),
        ("[digest.d]\nat = ['08:00']\n", "`at` without a `tz`"),
        ("[digest.d]\ntz = 'UTC'\n", "`[digest.d]` says neither `every` nor `at`"),
        ("[[mute]]\nwhen = 'x'\n", "mute has no `until`"),
        ("[[mute]]\nwhen = 'x'\nuntil = 'soon'\n", "`until` is no moment"),
        ("[[mute]]\nwhen = '@nowhere'\nuntil = 2026-12-20\n", "unknown concept `@nowhere`"),
        ("[[mute]]\nwhen = 'x'\nuntil = 2026-12-20\nrules = ['y']\n", "unknown rule `y`"),
    ] {
        let report = load(&with(text)).unwrap_err();
        assert_eq!(report.problems.len(), 1, "{report}");
        assert_eq!(report.problems[0].message, expected);
        assert!(report.problems[0].hint.is_some() || expected.contains("must be"), "{report}");
    }
}

#[test]
fn metrics_are_shown_to_this_machine_alone_and_backups_are_counted() {
    let config = load(&with("[metrics]\nlisten = '[::1]:9469'\nfile = 'm/own.prom'\n[archive]\nbackups = 0")).unwrap().config;
    let file = Some(Path::new("m/own.prom").to_owned());
    assert_eq!(config.metrics, config::Metrics { listen: Some("[::1]:9469".parse().unwrap()), file });
    assert_eq!((config.archive.backups, load(&with("")).unwrap().config.archive.backups), (0, 3));
    for (wrong, word) in [
        ("[metrics]\nlisten = '0.0.0.0:9469'", "127.0.0.1:9469"),
        ("[metrics]\nlisten = '192.0.2.1:9469'", "put a proxy"),
        ("[metrics]\nlisten = 'localhost:9469'", "127.0.0.1:9469"),
        ("[metrics]\nfile = 'm/own.txt'", "node_exporter"),
    ] {
        assert!(hint(&with(wrong)).contains(word), "{wrong}");
    }
    assert_eq!(problems(&with("[archive]\nbackups = 101")).len(), 1);
}

#[test]
fn a_rule_has_the_policy_of_alert_where_it_says_nothing_and_its_version_is_no_part_of_it() {
    let base = "[alert]\ncooldown = '1h'\nquiet = 'night'\n[quiet.night]\nfrom = '22:00'\nto = '07:00'\ntz = 'Asia/Kathmandu'\n";
    let rule = |more: &str| load(&format!("{base}[[rule]]\nname = 'r'\nany = ['x']\n{more}")).unwrap().config;
    let (plain, own) = (rule(""), rule("[rule.alert]\ncooldown = '2h'\nquiet = 'none'\nfollow_up = ['sources >= 3', 'edited']\n"));
    assert_eq!((plain.policies[0].cooldown_ms, plain.policies[0].quiet.is_some()), (3_600_000, true));
    assert_eq!((own.policies[0].cooldown_ms, own.policies[0].quiet.is_some(), own.policies[0].follow_up.len()), (7_200_000, false, 2));
    assert_eq!(plain.rule_hashes, own.rule_hashes);
}

#[test]
fn a_wrong_expression_is_a_problem_at_the_very_letters() {
    let mut wrong: Vec<(&str, Vec<String>)> = Vec::new();
    for (rule, expected) in [
        ("when = 'truce AND'", "5:17 error the expression ends where a term should stand"),
        ("when = '(a OR @idlb) AND NEAR(3, b, c)'", "5:15 error unknown concept `@idlb`"),
        ("when = 'a AND size<3'", "5:15 error `size` cannot be compared"),
        ("when = 'title:/[/ AND a'", "5:15 error `/[/` is no regular expression: unclosed character class"),
        ("when = 'NOT a'", "5:8 error the rule would hold for an article in which nothing is found"),
        ("when = \"a AND NOT a\"", "5:8 error `when: a` can never hold: all its terms are excluded"),
        (
            "when = 'world cup'",
            "5:9 warning a blank means AND: world cup is found wherever both words stand; quote it, \"world cup\", if you mean the phrase",
        ),
        ("when = 'feed:b AND x'", "5:14 error unknown feed `b`"),
        ("any = ['x | a*b']", "5:13 error `*` in `a*b` stands neither first nor last in one word"),
        ("all = ['x']\nnone = ['x | y']", "5:8 error `all[0]: x` can never hold: all its terms are excluded"),
        ("when = 'x AND age<2h AND age>1d'", "5:26 error `age<2h` and `age>1d` can never both hold"),
        ("when = 'count(x)<3 count(x)>=3'", "5:20 error `count(x)<3` and `count(x)>=3` can never both hold"),
        ("when = 'x lang:ar lang:tr'", "5:8 error `lang:ar` and `lang:tr` can never both hold: an article has one"),
        ("lang = ['ar', 'ru']\nall = ['x', 'lang:tr']", "6:13 error `lang:tr` can never hold: the rule's `lang` is `ar | ru`"),
        ("all = ['x']\nnear = 3", "6:1 error `near` needs at least two groups in `all`"),
        ("all = ['x', 'y']\nnear = 0", "6:8 error `near` must be a number of words from 1 to 10000, or \"sentence\""),
        ("score = { x = 1, '@idlib' = 2 }\nthreshold = 6", "5:11 error the keys add up to 3 at most and never reach the threshold of 6"),
        ("score = { x = 1 }", "3:1 error rule `r` has a `score` and no `threshold`"),
        ("score = { x = 'y' }\nthreshold = 1", "5:15 error expected a number, found a string"),
    ] {
        let text = format!("[[feed]]\nurl='https://a.example'\n[[rule]]\nname='r'\n{rule}\n");
        let found = match load(&text) {
            Ok(loaded) => loaded.warnings.iter().map(|p| format!("{}:{} {} {}", p.line, p.column, p.severity, p.message)).collect(),
            Err(_) => problems(&text),
        };
        if !found.contains(&expected.to_owned()) {
            wrong.push((rule, found));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_rule_that_may_hold_is_not_refused_for_what_looks_like_a_contradiction() {
    for rule in [
        "when = 'x AND (age<2h OR age>1d)'",
        "when = 'x age>2h age<1d'",
        "when = 'count(x)<3 count(y)>=3'",
        "when = 'count(x)<3 title:(count(x)>=3)'",
        "when = 'x lang:zh lang:zh-hant'",
        "when = 'x lang:ar | tr lang:tr'",
        "when = 'x lang:ar NOT lang:tr'",
        "when = 'x lang:t* lang:tr'",
        "when = 'x tag:a tag:b'",
        "lang = ['iw']\nwhen = 'x lang:he'",
    ] {
        let text = format!("[[feed]]\nurl='https://a.example'\ntags=['a', 'b']\n[[rule]]\nname='r'\n{rule}\n");
        assert!(load(&text).is_ok(), "{rule}: {:?}", problems(&text));
    }
}

#[test]
fn a_backspace_in_a_term_gets_the_hint_to_use_a_literal_string() {
    let text = "[[feed]]\nurl='https://a.example'\n[[rule]]\nname='r'\nany=[\"\\bIdlib\\b\"]\n";
    assert_eq!(hint(text), "in \"…\" a \\b is a backspace; write a literal string: '…'");
}

#[test]
fn the_way_to_a_feed_is_checked_and_a_leaky_proxy_refused() {
    let feed = |keys: &str| format!("[[feed]]\nurl = 'https://b.example/'\n{keys}\n");
    assert!(hint(&with(&feed("proxy = 'socks5://127.0.0.1:9050'"))).contains("`socks5h://127.0.0.1:9050`"));
    assert_eq!(hint(&with(&feed("proxy = 'ftp://x'"))), "http, https and socks5h are known");
    assert!(hint(&with(&feed("user = 'me'"))).contains("readable by you alone"));
    assert!(hint(&with(&feed("password = 's3cret'"))).contains("`password_file`"));
    assert!(hint(&with("[[feed]]\nurl = 'http://abc.onion/'\n")).contains("socks5h://"));
    let loaded = load(&with("[poll]\nproxy = 'http://p.example:3128'\n[[feed]]\nurl = 'https://c.example/'\nproxy = 'none'\n")).unwrap();
    let proxies: Vec<_> = loaded.config.feeds.iter().map(|feed| feed.access.proxy.as_deref()).collect();
    assert_eq!(proxies, [Some("http://p.example:3128"), None]);
    assert!(problems(&with("[[feed]]\nurl = 'http://d.example/'\nheaders_file = 'h'\n"))[0].contains("plain http"));
}

#[test]
fn hints_name_what_was_probably_meant() {
    assert_eq!(hint(&with("feeds = ['syria']\n")), "`syria` is a tag: write `tag:syria`");
    assert_eq!(hint(&with("severty = 'low'\n")), "did you mean `severity`?");
    assert_eq!(hint(&with("keywords = ['low']\n")), "did you mean `any`?");
    assert_eq!(hint(&with("[alert]\nsinks = ['jurnal']\n")), "did you mean `journal`?");
    assert_eq!(hint(&with("[[feed]]\nurl = 'b.example/rss'\n")), "did you mean `https://b.example/rss`?");
    assert_eq!(hint(&with("[[feed]]\nurl = 'feed://b.example/rss'\n")), "did you mean `https://b.example/rss`?");
    assert_eq!(hint(&with("[poll]\ninterval = 15\n")), "write it as a string with a unit, such as \"15s\" or \"15m\"");
    assert_eq!(hint(&with("[feeds]\nx = 1\n")), "did you mean `feed`?");
    assert_eq!(
        hint("[feed]\nurl = 'https://a.example'\n[[rule]]\nname='r'\nany=['x']\n"),
        "write `[[feed]]`, with two brackets, for each one"
    );
}

#[test]
fn a_config_that_follows_or_looks_for_nothing_is_warned_of() {
    assert_eq!(problems("[poll]\n"), ["1:1 warning no feed is followed", "1:1 warning no rule is set, so nothing will alert"]);
    assert!(load("").is_err());
    assert!(load("# only a comment\n").is_err());
}

#[test]
fn two_feeds_of_one_address_are_warned_of_and_kept_apart() {
    let loaded = load(&with("[[feed]]\nurl='https://c.example/x'\n[[feed]]\nurl='https://c.example/x#top'\n")).unwrap();
    let ids: Vec<_> = loaded.config.feeds.iter().map(|f| f.id.as_str()).collect();
    assert_eq!(ids, ["a", "c.example/x", "c.example/x-2"]);
    assert_eq!(loaded.warnings.len(), 1);
    assert_eq!(loaded.warnings[0].severity, Level::Warning);
}

#[test]
fn sinks_are_read_with_their_options() {
    let text = with(
        "[sink.hook]\ntype='webhook'\nurl='http://127.0.0.1:9/x'\ntoken_file='t'\n[sink.c]\ntype='command'\nargv=['./x','-y']\ntimeout='3s'\n\
         [sink.k]\ntype='webhook'\nurl='https://k.example/'\ntoken_file='credential:k'\n[sink.desktop]\nat_once=9\n",
    );
    let sinks = config::load(&[source("/etc/marsad/marsad.toml", &text)], &Default::default()).unwrap().config.sinks;
    let kind = |name: &str| sinks.iter().find(|s| s.name == name).map(|s| s.kind.clone()).unwrap();
    let seconds = Duration::from_secs;
    assert_eq!(
        kind("hook"),
        SinkKind::Webhook {
            url: "http://127.0.0.1:9/x".into(),
            token_file: Some("/etc/marsad/t".into()),
            secret_file: None,
            timeout: seconds(10)
        }
    );
    assert_eq!(kind("c"), SinkKind::Command { argv: vec!["/etc/marsad/./x".into(), "-y".into()], timeout: seconds(3) });
    assert!(matches!(kind("k"), SinkKind::Webhook { token_file: Some(p), .. } if p == Path::new("credential:k")));
    assert_eq!(kind("desktop"), SinkKind::Desktop { at_once: 9 });
    assert_eq!(kind("journal"), SinkKind::Journal);
}

#[test]
fn a_secret_written_into_the_config_is_refused() {
    for (sink, file) in [
        ("type='webhook'\nurl='https://h.example'\ntoken='s3cret'", "token_file"),
        ("type='mail'\nserver='m.example'\nfrom='a@m.example'\nto=['b@m.example']\npassword='s3cret'", "password_file"),
        ("type='slack'\nurl_file='s'\nurl='https://hooks.slack.example/s3cret'", "url_file"),
        ("type='telegram'\nchat='1'\ntoken_file='t'\nbot_token='1:s3cret'", "token_file"),
    ] {
        let report = load(&with(&format!("[sink.h]\n{sink}\n"))).unwrap_err();
        let problem = &report.problems[0];
        assert!(problem.message.ends_with("does not belong in the config"), "{report}");
        assert!(problem.hint.as_deref().unwrap().contains(&format!("`{file} = ")), "{report}");
        assert!(!report.to_string().contains("s3cret"), "{report}");
        assert_eq!(report.problems.len(), 1, "{report}");
    }
    assert!(!load(&with("[sink.h]\ntype='ntfy'\ntopic='t'\ntoken='s3cret\n")).unwrap_err().to_string().contains("s3cret"), "a broken line");
    for (sink, message) in [
        ("type='ntfy', topic='a b', token='s3cret'", "a topic has 1 to 64 letters"),
        ("type='ntfy', topic='a', token='s3cret', at_once=99", "`at_once` must be from 1 to 50"),
        ("type='slack', url='https://hooks.slack.example/s3cret', url_file='s', at_once=99", "`at_once` must be from 1 to 50"),
        ("type='ntfi', topic='a', token = 's3cret'", "unknown sink type `ntfi`"),
        ("type='ntfy' topic='a', token = 's3cret'", "error:"),
    ] {
        let shown = load(&with(&format!("[sink]\nh = {{ {sink} }}\n"))).unwrap_err().to_string();
        assert!(shown.contains(message) && shown.contains(" | h = { type=") && !shown.contains("s3cret"), "{shown}");
    }
    let slack = "[sink]\nh = { type='slack', url='https://hooks.slack.example/s3cret', url_file='/nowhere/s' }\n";
    let (_, written) = config::check(&[source("marsad.toml", &with(slack))], &Default::default());
    let shown: String = written.secrets(None).iter().map(ToString::to_string).collect();
    assert!(shown.contains("cannot read secret file /nowhere/s") && !shown.contains("s3cret"), "{shown}");
}

#[test]
fn a_password_in_an_address_is_refused_and_repeated_nowhere() {
    let (address, proxy) = ("a user name or password in an address is not supported", "this is not the address of a proxy");
    let of_proxy = "a user name or password in the address of a proxy is not supported";
    let feed = |keys: &str| format!("[[feed]]\nurl='https://b.example/'\n{keys}\n");
    for (more, message) in [
        ("[[feed]]\nurl='https://u:hunter2@h.example/'\n", address),
        ("[[feed]]\nurl='feed://u:hunter2@h.example/'\n", address),
        ("[[feed]]\nurl='https://u:hunter2/x@h.example/'\n", "this is not an address: invalid port number"),
        ("[[feed]]\nurl='u:hunter2@h.example'\n", "this is neither an http nor an https address"),
        ("[sink.h]\ntype='webhook'\nurl='https://u:hunter2@h.example/'\n", address),
        ("[sink]\nh={ type='ntfy', topic='a b', server='https://u:hunter2@h.example/' }\n", address),
        ("[poll]\nproxy='http://u:hunter2@h.example:3128'\n", of_proxy),
        (&feed("proxy='socks5://u:hunter2@127.0.0.1:9050'"), of_proxy),
        (&feed("proxy='socks5h://u:hunter2/x@127.0.0.1:9050'"), proxy),
        (&feed("proxy='u:hunter2@127.0.0.1:9050'"), proxy),
        (&feed("user='u:hunter2'\npassword_file='p'"), "`user` is empty, or has a colon or a control character"),
    ] {
        let report = load(&with(more)).unwrap_err();
        let shown = report.to_string();
        assert!(report.problems.iter().any(|problem| problem.message == message), "{shown}");
        assert!(shown.contains("=…") && !shown.contains("hunter2"), "{shown}");
    }
    for keys in [
        "tags='https://u:hunter2@h.example/'",
        "ulr='https://u:hunter2@h.example/'",
        "name='https://u:hunter2@h.example/",
        "name=https://u:hunter2/x@h.example/",
        "tags=['x' 'https://u:hunter2@h.example/']",
    ] {
        let shown = load(&with(&feed(keys))).unwrap_err().to_string();
        assert!(shown.contains('…') && !shown.contains("hunter2"), "{shown}");
    }
    let rule = load(&with("feeds=['https://u:hunter2@h.example/']\n")).unwrap_err();
    assert_eq!(rule.problems[0].message, "unknown feed `…");
}

#[test]
fn drop_ins_add_feeds_and_rules_but_no_settings() {
    let main = source("marsad.toml", &with(""));
    let good = source(
        "feeds.d/a.toml",
        "[[feed]]\nurl='https://b.example/'\n[[rule]]\nname='s'\nany=['@new']\nfeeds=['a']\n[concept.new]\nen=['x']\n",
    );
    let config = config::load(&[main.clone(), good], &Default::default()).unwrap().config;
    assert_eq!((config.feeds.len(), config.rules.specs().len()), (2, 2));
    let bad = source("feeds.d/b.toml", "[poll]\ninterval='2m'\n[alert]\nsinks=['journal']\n[[rule]]\nname='r'\nany=['x']\n");
    let report = config::load(&[main, bad], &Default::default()).unwrap_err();
    let shown: Vec<String> = report.problems.iter().map(|p| format!("{}:{}:{} {}", p.file, p.line, p.column, p.message)).collect();
    assert_eq!(
        shown,
        [
            "feeds.d/b.toml:1:2 `[poll]` belongs in the main file, not in a drop-in",
            "feeds.d/b.toml:3:2 `[alert]` belongs in the main file, not in a drop-in",
            "feeds.d/b.toml:6:6 two rules have the id `r`",
        ]
    );
}

#[test]
fn a_failing_test_of_a_rule_is_a_problem_at_the_text() {
    let text = with("all = ['@idlib']\n[[rule.test]]\nmatch = ['word', 'a word of Idlib']\nreject = [\n  'Idlib, in a word',\n  'word']\n");
    let report = load(&text).unwrap_err();
    let shown: Vec<_> = report.problems.iter().map(|p| (p.line, p.column, p.message.as_str(), p.hint.as_deref().unwrap_or(""))).collect();
    assert_eq!(shown[0], (10, 10, "this text should match rule `r`, and does not", "all[0]: @idlib: no hit in title or text"));
    assert_eq!((shown[1].0, shown[1].1, shown[1].2), (11 + 1, 3, "this text should not match rule `r`, and does"));
    assert!(shown[1].3.contains("Idlib"), "{report}");
    assert_eq!(shown.len(), 2, "{report}");
}

#[test]
fn a_failing_test_of_a_concept_is_a_problem_at_the_text() {
    let text = with("[concept.c]\nen = ['truce']\ntest.match = ['a truce', 'peace']\ntest.reject = ['truck', 'no truce']\n");
    assert_eq!(
        problems(&text),
        ["10:26 error this text should match concept `c`, and does not", "11:25 error this text should not match concept `c`, and does",]
    );
}

#[test]
fn a_users_concept_replaces_the_shipped_one_or_adds_to_it() {
    let source_of = |more: &str| load(&with(&format!("all = ['@idlib']\n{more}"))).unwrap().config.rule_sources.remove(0);
    let (shipped, extended, replaced) = (
        source_of(""),
        source_of("[concept.idlib]\nextend = true\nen = ['Testville']\n"),
        source_of("[concept.idlib]\nen = ['Testville']\n"),
    );
    assert!(shipped.contains("إدلب") && !shipped.contains("Testville"));
    assert!(extended.contains("إدلب") && extended.contains("Testville"));
    assert!(!replaced.contains("إدلب") && replaced.contains("Testville"));
}

#[test]
fn bad_concepts_are_refused_at_their_word() {
    let text = with(
        "[concept.c]\nen = ['ok', '@idlib', '!!']\nkeywords = ['x']\n[concept.'a b']\nen = ['x']\n[concept.none]\nnote = 'x'\n[concept.gone]\nextend = true\nen = ['x']\n",
    );
    let found = problems(&text);
    let places: Vec<&str> = found.iter().filter_map(|p| p.split(' ').next()).collect();
    assert_eq!(places, ["9:13", "9:24", "10:1", "11:10", "13:10", "15:10"], "{found:#?}");
}

#[test]
fn a_rules_version_changes_with_its_meaning_only() {
    let hash = |text: &str| load(text).unwrap().config.rule_hashes.remove(0);
    let plain = hash(&with(""));
    assert_eq!(plain, hash(&with("severity = 'high'\n[rule.alert]\nsinks = ['journal']\n")));
    assert_eq!(plain, hash(&with("[concept.idlib]\nextend = true\nen = ['x']\n")), "a concept that it does not use");
    for change in ["none = ['x']\n", "where = ['title']\n", "feeds = ['a']\n", "all = ['@idlib']\n"] {
        assert_ne!(plain, hash(&with(change)), "{change}");
    }
}

/// A config that is read while an editor writes it, or from a disk that ran full.
#[test]
fn a_config_cut_anywhere_is_refused_or_read_but_never_panics() {
    /// Every byte would be 300 times the work; a prime number meets every kind of place.
    const STRIDE: usize = 29;
    let whole = config::default_text().as_bytes();
    let mut refused = 0;
    for end in (0..whole.len()).step_by(STRIDE) {
        let text = String::from_utf8_lossy(&whole[..end]);
        match load(&text) {
            Ok(_) => assert!(toml::from_str::<toml::Table>(&text).is_ok(), "byte {end}"),
            Err(report) => {
                refused += 1;
                assert!(report.problems.iter().any(|p| p.severity == Level::Error && p.line > 0 && p.column > 0), "byte {end}");
                assert!(!report.to_string().is_empty());
            }
        }
    }
    assert!(refused > whole.len() / STRIDE / 4, "{refused} of {}", whole.len() / STRIDE);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(200))]

    #[test]
    fn no_text_makes_the_reader_panic(text in "(\\[|\\]|=|'|\"|\\{|\\}|,|\\.|#|\n|[a-z]|[0-9]|\\\\|é|feed|rule|url|any|test|match|concept|sink|\\[\\[){0,60}") {
        if let Err(report) = load(&text) {
            proptest::prop_assert!(!report.to_string().is_empty());
        }
    }
}

#[test]
fn files_are_read_with_the_drop_ins_beside_them_in_name_order() {
    let folder = tempfile::tempdir().unwrap();
    let main = folder.path().join("marsad.toml");
    fs::write(&main, "[poll]\n").unwrap();
    assert_eq!(files::read(&main).unwrap().len(), 1);
    let feeds = folder.path().join("feeds.d");
    fs::create_dir(&feeds).unwrap();
    for name in ["b.toml", "a.toml", ".hidden.toml", "notes.txt", "c.toml~"] {
        fs::write(feeds.join(name), "# nothing\n").unwrap();
    }
    let names: Vec<String> = files::read(&main).unwrap().into_iter().map(|s| s.name.rsplit('/').next().unwrap_or("").to_owned()).collect();
    assert_eq!(names, ["marsad.toml", "a.toml", "b.toml"]);
}

#[test]
fn files_that_cannot_be_a_config_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let main = folder.path().join("marsad.toml");
    let refusal = || files::read(&main).unwrap_err().to_string();
    assert!(refusal().starts_with("cannot read"));
    fs::write(&main, " \n").unwrap();
    assert!(refusal().ends_with("is empty"));
    fs::write(&main, b"a = 1\nb = \"\xff\"\n").unwrap();
    assert!(refusal().ends_with("(first bad byte on line 2)"));
    fs::File::create(&main).unwrap().set_len(files::MAX_FILE_BYTES + 1).unwrap();
    assert!(refusal().ends_with("is larger than 8 MiB"));
    fs::write(&main, "[poll]\n").unwrap();
    fs::create_dir_all(folder.path().join("feeds.d/x.toml")).unwrap();
    assert!(refusal().ends_with("is not a regular file"));
}

#[test]
fn what_marsad_tells_of_itself_has_a_table_and_an_id_of_its_own() {
    let health = |table: &str| load(&format!("{table}\n{}", with(""))).unwrap().config.health;
    let set = health("[alert]\nsinks = ['journal']\n[health]\nseverity = 'high'\nenabled = false");
    assert_eq!((set.enabled, set.severity, set.sinks), (false, Severity::High, vec!["journal".to_owned()]));
    assert_eq!(health("[alert]\nsinks = ['journal']\n[health]\nsinks = ['desktop']").sinks, ["desktop"]);
    let twice =
        problems("[health]\nsinks = ['deskop']\non = true\n[[rule]]\nname = 'health'\nany = ['x']\n[[feed]]\nurl = 'https://a.example/'");
    assert_eq!(
        twice,
        ["2:10 error unknown sink `deskop`", "3:1 error unknown key `on` in `[health]`", "5:8 error the id `health` is marsad's own"]
    );
}

#[test]
fn the_budget_of_requests_is_a_whole_number() {
    let budget = |poll: &str| load(&format!("[poll]\n{poll}\n{}", with(""))).map(|loaded| loaded.config.poll.budget);
    assert_eq!((budget("budget = 3000").unwrap(), budget("interval = '1h'").unwrap()), (Some(3000), None));
    assert_eq!(
        problems("[poll]\nbudget = 0\n[[feed]]\nurl = 'https://a.example/'\n[[rule]]\nname = 'r'\nany = ['x']"),
        ["2:10 error `budget` must be from 1 to 100000000"]
    );
}

#[test]
fn what_is_wrong_comes_with_what_to_write() {
    for (more, expected) in [
        ("feeds = ['zzzzzzz']\n", "the feeds are a"),
        ("feeds = ['tag:zzzzzzz']\n", "the tags are syria"),
        ("when = 'feed:zzzzzzz AND x'\n", "the feeds are a"),
        ("when = 'tag:zzzzzzz AND x'\n", "the tags are syria"),
        ("all = 'truce'\n", "write all = [\"truce\"]"),
        ("feeds = 'a'\n", "write feeds = [\"a\"]"),
        ("all = ['']\n", "write something between the quotes, or take it out"),
        ("all = [7]\n", "write \"7\""),
        ("score = { x = 1 }\nthreshold = 0\n", "say what the score must reach, such as the worth of two keys"),
        ("score = { x = 1 }\nthreshold = '1'\n", "write threshold = 1"),
        ("severity = 3\n", "write severity = \"3\""),
        ("[[rule]]\nany = ['x']\n", "add name = \"truce\""),
        ("[[feed]]\nname = 'x'\n", "add url = \"https://example.org/…\""),
        ("[sink.s]\ntype = 'webhook'\n", "add url = \"https://example.org/…\""),
        ("[[mute]]\nwhen = 'x'\nuntil = 2026-12-20\nrules = ['zzzzzzz']\n", "the rules are r"),
        ("[[rule.test]]\n", "write texts that the rule must find, as in match = [\"a truce in Idlib\"], or must not, in `reject`"),
        ("[rule.test]\nmatch = ['x']\n", "write `[[test]]`, with two brackets, for each one"),
        ("[poll]\nconcurrency = '4'\n", "write concurrency = 4"),
    ] {
        assert_eq!(hint(&with(more)), expected, "{more}");
    }
    let nothing = "[[feed]]\nurl = 'https://a.example/rss'\n[[rule]]\nname = 'r'\nany = ['word']\nfeeds = ['tag:x']\n";
    assert_eq!(hint(nothing), "no feed has any: give it to one, as in tags = [\"x\"]");
}

#[test]
fn every_slip_of_syntax_has_a_hint() {
    for (line, word) in [
        ("[[rule]\n", "two brackets"),
        ("[poll\n", "a bracket"),
        ("name = truce\n", "plain quotes"),
        ("name = true-ce\n", "plain quotes"),
        ("any = “truce”\n", "plain quotes"),
        ("name = \"truce\n", "quote that it began with"),
        ("name = 'truce\n", "quote that it began with"),
        ("name = \"a\\q\"\n", "backslash"),
        ("any = ['a', 'b'\n", "close the list"),
        ("score = { a = 1\n", "`}`"),
        ("name: 'x'\n", "`key = value`"),
        ("name\n", "`key = value`"),
        ("name = 'a'\nname = 'b'\n", "put both into one"),
        ("until = 2026-13-01\n", "2026-12-20"),
        ("name = 'a' 'b'\n", "one `key = value` a line"),
        ("near = 03\n", "without zeros"),
    ] {
        let report = load(&format!("[[feed]]\nurl = 'https://a.example/'\n[[rule]]\n{line}")).unwrap_err();
        assert!(report.problems.iter().any(|p| p.hint.as_ref().is_some_and(|hint| hint.contains(word))), "{line}: {report}");
        assert!(report.problems.iter().all(|p| p.hint.is_some()), "{line}: {report}");
    }
}
