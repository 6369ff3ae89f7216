//! `[sink.NAME]` of each type: what is read, and what is refused.

use super::{hint, load, problems, with};
use marsad::config::{
    self, SinkKind,
    sink::{Dialect, Lane, Mail, Tls},
};
use std::time::Duration;

/// The sinks that the default config shows behind `#`.
fn shown() -> String {
    let text = config::default_text();
    let from = text.find("# [sink.desktop]").unwrap();
    let lines = text[from..].lines().take_while(|line| !line.starts_with("# ----"));
    lines.map(|line| format!("{}\n", line.strip_prefix("# ").unwrap_or(""))).collect()
}

#[test]
fn every_sink_that_the_default_config_shows_can_be_had() {
    let loaded = load(&with(&shown())).unwrap_or_else(|report| panic!("{report}"));
    let sinks = loaded.config.sinks;
    let names: Vec<&str> = sinks.iter().map(|sink| sink.name.as_str()).collect();
    assert_eq!(names, ["desktop", "newsroom", "pager", "phone", "mail", "group", "room", "channel", "feed", "journal"]);
    let kind = |name: &str| sinks.iter().find(|sink| sink.name == name).map(|sink| sink.kind.clone()).unwrap();
    let (at_once, timeout) = (5, Duration::from_secs(10));
    assert_eq!(
        kind("phone"),
        SinkKind::Ntfy {
            server: "https://ntfy.sh/".into(),
            topic: "idlib-desk".into(),
            token_file: Some("ntfy.token".into()),
            at_once,
            timeout
        }
    );
    let mail = Mail {
        server: "smtp.example.org".into(),
        port: 587,
        tls: Tls::StartTls,
        ca_file: Some("our-ca.pem".into()),
        user: Some("desk@example.org".into()),
        password_file: Some("mail.password".into()),
        from: "marsad <desk@example.org>".into(),
        to: vec!["ana@example.org".into(), "omar@example.org".into()],
        at_once,
        timeout: Duration::from_secs(30),
    };
    assert_eq!(kind("mail"), SinkKind::Mail(mail));
    assert_eq!(kind("channel"), SinkKind::Chat { dialect: Dialect::Slack, url_file: "slack.url".into(), at_once, timeout });
    assert_eq!(kind("feed"), SinkKind::Atom { path: "/srv/www/alerts.atom".into(), entries: 100 });
    let lane = &sinks.iter().find(|sink| sink.name == "newsroom").unwrap().lane;
    let hours = Duration::from_secs(72 * 3600);
    assert_eq!(*lane, Lane { concurrency: 1, per_minute: Some(60), expires: hours, fallback: Some("mail".into()) });
}

#[test]
fn paces_and_expiries_are_those_of_the_promise_where_none_are_given() {
    let text = "[sink.t]\ntype='telegram'\nchat='1'\ntoken_file='t'\n[sink.h]\ntype='webhook'\nurl='https://h.example/'\n";
    let sinks = load(&with(text)).unwrap().config.sinks;
    let lane = |name: &str| sinks.iter().find(|sink| sink.name == name).map(|sink| sink.lane.clone()).unwrap();
    assert_eq!(lane("t").per_minute, Some(20));
    assert_eq!((lane("h").per_minute, lane("h").expires), (None, Duration::from_secs(72 * 3600)));
    assert_eq!(lane("desktop").expires, Duration::from_secs(24 * 3600));
    assert_eq!((lane("journal").concurrency, lane("journal").fallback), (1, None));
}

#[test]
fn what_a_sink_cannot_be_is_named_at_its_place() {
    let mail = "type='mail'\nserver='m.example'\nfrom='a@m.example'\nto=['b@m.example']\n";
    for (options, expected) in [
        ("type='ntfy'\ntopic='a/b'\n", "10:7 error a topic has 1 to 64 letters, digits, `-` and `_`"),
        (
            "type='telegram'\nchat='my friends'\ntoken_file='t'\n",
            "10:6 error `chat` is a number, such as \"-1001234567890\", or \"@channel\"",
        ),
        ("type='matrix'\nserver='https://m.example'\nroom='#x:y'\ntoken_file='t'\n", "11:6 error `room` is not the id of a room"),
        ("type='slack'\n", "8:1 error sink `s` has no `url_file`"),
        ("type='mail'\nserver='m.example'\nfrom='nobody'\nto=['b@m.example']\n", "11:6 error `nobody` is not a mail address"),
        ("type='mail'\nserver='m.example'\nfrom='a@m.example'\n", "8:1 error sink `s` needs 1 to 50 addresses in `to`"),
        (&format!("{mail}user='a'\n"), "8:1 error sink `s` needs both `user` and `password_file`, or neither"),
        (&format!("{mail}user='a'\npassword_file='p'\ntls='none'\n"), "10:8 error a password is not sent to another machine without TLS"),
        (&format!("{mail}tls='ssl'\n"), "13:5 error unknown tls `ssl`"),
        ("type='journal'\nconcurrency=99\n", "10:13 error `concurrency` must be from 1 to 16"),
        ("type='journal'\nfallback='deskop'\n", "10:10 error unknown sink `deskop` as `fallback` of sink `s`"),
        ("type='journal'\nfallback='s'\n", "10:10 error the fallbacks of sink `s` lead back to it"),
    ] {
        let found = problems(&with(&format!("[sink.s]\n{options}")));
        assert!(found.iter().any(|problem| problem == expected), "{options}: {found:#?}");
    }
    assert_eq!(hint(&with("[sink.s]\ntype='journal'\nfallback='deskop'\n")), "did you mean `desktop`?");
}

#[test]
fn fallbacks_in_a_circle_are_refused_at_each_of_them() {
    let text =
        with("[sink.a]\ntype='journal'\nfallback='b'\n[sink.b]\ntype='journal'\nfallback='a'\n[sink.c]\ntype='journal'\nfallback='a'\n");
    let found = problems(&text);
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(found[0].contains("fallbacks of sink `a`") && found[1].contains("fallbacks of sink `b`"), "{found:#?}");
}
