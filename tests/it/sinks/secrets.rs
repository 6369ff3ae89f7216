//! Canaries in every secret of every sink, through sends that fail in every way, with everything logged: none is ever told.

use crate::support::{
    newsroom::{Item, Newsroom},
    server::{Reply, Server},
    smtp::{Act, Smtp},
};
use std::{
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Stdio},
};

const SECRETS: [(&str, &str); 5] = [
    ("token", "token-SECRET"),
    ("bot", "123:bot-SECRET"),
    ("password", "pass-SECRET"),
    ("signing", "whsec_SECRETSECRETSECRETSECRETSECRETSE"),
    ("wrong", "not \u{7f} a header SECRET"),
];

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

/// Each kind of sink, its other side being `url`.
fn sinks(url: &str, mail: u16) -> String {
    let mut text = String::new();
    let mut add = |name: &str, kind: &str, more: &str| text += &format!("[sink.{name}]\ntype = \"{kind}\"\n{more}\n");
    add("hook", "webhook", &format!("url = \"{url}\"\ntoken_file = \"token\"\nsecret_file = \"signing\""));
    add("wrong", "webhook", &format!("url = \"{url}\"\ntoken_file = \"wrong\""));
    add("phone", "ntfy", &format!("server = \"{url}\"\ntopic = \"t\"\ntoken_file = \"token\""));
    add("group", "telegram", &format!("server = \"{url}\"\nchat = \"1\"\ntoken_file = \"bot\""));
    add("room", "matrix", &format!("server = \"{url}\"\nroom = \"!r:x\"\ntoken_file = \"token\""));
    for chat in ["slack", "mattermost", "discord"] {
        add(chat, chat, "url_file = \"address\"");
    }
    add(
        "mail",
        "mail",
        &format!(
            "server = \"127.0.0.1\"\nport = {mail}\ntls = \"none\"\nuser = \"u\"\npassword_file = \"password\"\nfrom = \"a@b.example\"\nto = [\"c@d.example\"]"
        ),
    );
    text
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_secret_is_ever_told() {
    // Each service knows its own secrets only, so it can repeat no others.
    let own = |path: &str, status: u16| match path {
        path if path.starts_with("/bot") => Reply::Answer { status, headers: vec![], body: b"no 123:bot-SECRET".to_vec() },
        path if path.starts_with("/hooks") => Reply::Answer { status, headers: vec![], body: b"no /hooks/address-SECRET".to_vec() },
        _ => Reply::Answer { status, headers: vec![], body: b"no token-SECRET".to_vec() },
    };
    for way in ["500", "404", "400", "302", "cut", "nobody"] {
        let server = Server::start(move |seen| match way {
            "cut" => Reply::Cut(vec![]),
            "302" => Reply::redirect(302, "http://127.0.0.1:1/redirect-SECRET"),
            status => own(&seen.path, status.parse().unwrap_or(500)),
        });
        let smtp = Smtp::start(&[("AUTH", Act::Say("535 not with pass-SECRET"))]).await;
        let room = Newsroom::open();
        let item = Item { guid: "1", link: "https://news.example/1", title: "قصف في ريف إدلب", text: "x" };
        room.publish("a", &[item]);
        let url = if way == "nobody" { "http://127.0.0.1:1".to_owned() } else { server.url("") };
        let folder = room.folder.path();
        SECRETS.iter().for_each(|(name, text)| write(folder, name, text));
        write(folder, "address", &format!("{url}/hooks/address-SECRET"));
        let names = "\"hook\", \"wrong\", \"phone\", \"group\", \"room\", \"slack\", \"mattermost\", \"discord\", \"mail\"";
        let config = format!(
            "[poll]\nhost_gap = \"0s\"\nbacklog = \"alert\"\n[alert]\nsinks = [{names}]\n{}\n[[feed]]\nname = \"a\"\nurl = \"{}\"\nallow_private = true\n\
             [[rule]]\nname = \"idlib\"\nany = [\"إدلب\"]\n",
            sinks(&url, smtp.address.port()),
            room.server.url("/a")
        );
        let config_path = folder.join("marsad.toml");
        std::fs::write(&config_path, config).unwrap();
        let run = |arguments: &[&str]| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_marsad"));
            command.args(arguments).arg("--config").arg(&config_path).arg("--db").arg(room.archive()).stdin(Stdio::null());
            let output = command.env("MARSAD_LOG", "trace").output().unwrap();
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
        };
        let mut told = run(&["once", "--all", "-vv"]);
        assert!(told.contains("not sent, to be tried again") || told.contains("given up"), "{told}");
        assert_eq!(room.count("SELECT count(*) FROM delivery WHERE attempts = 1"), 9, "{way}: each was tried");
        for arguments in [
            &["sinks"][..],
            &["sinks", "--json"],
            &["alerts", "--json"],
            &["alerts", "--dead"],
            &["status"],
            &["sinks", "test", "group"],
            &["sinks", "test", "mail"],
        ] {
            told += &run(arguments);
        }
        let lines: Vec<&str> = told.lines().filter(|line| line.contains("SECRET")).collect();
        assert!(lines.is_empty(), "{way}: {lines:#?}");
        let archive = std::fs::read(room.archive()).unwrap();
        assert!(!archive.windows(6).any(|window| window == b"SECRET"), "{way}: in the archive");
        let log = std::fs::read(room.archive().with_extension("db-wal")).unwrap_or_default();
        assert!(!log.windows(6).any(|window| window == b"SECRET"), "{way}: in the archive's log");
    }
}
