//! A config whose file is away for a while: a disk that is not mounted, an editor that is not done, a slip of the hand.

use super::{Post, document, follow, read};
use crate::support::{server::Reply, wait::until};
use marsad::store::open;
use std::{
    fs,
    path::PathBuf,
    process::{Command, Stdio},
};

/// A config where it is looked for by default.
struct House {
    post: Post,
    config: PathBuf,
}

impl House {
    /// A feed whose alert goes to a webhook that takes it, and to one that does not.
    fn open() -> House {
        let post = Post::open(|seen| match (seen.method.as_str(), seen.path.as_str()) {
            ("POST", "/deaf") => Reply::status(503),
            ("POST", _) => Reply::status(204),
            _ => Reply::ok(document(&seen.path[1..])),
        });
        let deaf =
            format!("[sink.deaf]\ntype = 'webhook'\nurl = '{}'\n", format_args!("http://127.0.0.1:{}/deaf", post.server.addr().port()));
        let text = post.config(1, "").replace("enabled = false", "sinks = ['hook']");
        let text = text.replace("[alert]\nsinks = ['hook']", "[alert]\nsinks = ['hook', 'deaf']") + &deaf;
        let config = post.folder.path().join("config/marsad/marsad.toml");
        fs::create_dir_all(config.parent().unwrap()).unwrap();
        fs::write(&config, text).unwrap();
        House { post, config }
    }

    fn marsad(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_marsad"));
        command.args(arguments).arg("--db").arg(self.post.archive()).env("XDG_CONFIG_HOME", self.post.folder.path().join("config"));
        command.env_remove("CONFIGURATION_DIRECTORY").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        command
    }

    fn count(&self, sql: &str) -> i64 {
        open::read_only(&self.post.archive()).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
    }

    /// Nothing that the config asked for is retired or ended.
    #[track_caller]
    fn is_as_it_was(&self, kept: &str) {
        assert_eq!(self.count("SELECT count(*) FROM feed"), 1);
        assert_eq!(self.count("SELECT count(*) FROM feed WHERE retired_ms IS NOT NULL"), 0);
        assert_eq!(self.count("SELECT count(*) FROM delivery WHERE sink = 'deaf' AND state IN ('pending', 'leased')"), 1);
        assert_eq!(self.count("SELECT count(*) FROM delivery WHERE state = 'dead'"), 0);
        assert_eq!(self.kept(), kept);
    }

    fn kept(&self) -> String {
        read(&self.post.archive().with_file_name("last-good.json"))
    }
}

#[test]
fn a_config_that_is_away_is_refused_like_a_broken_one_and_retires_and_ends_nothing() {
    let house = House::open();
    let aside = house.config.with_extension("aside");
    let log = follow(&house.post, house.marsad(&["run"]).spawn().unwrap());
    until(60, "a message that is not taken", || house.post.server.requests().iter().any(|seen| seen.path == "/deaf"));
    until(60, "a message that is", || house.post.titles_told().contains(&"Idlib 0".to_owned()));
    until(60, "the config is kept", || house.post.archive().with_file_name("last-good.json").exists());
    let kept = house.kept();
    fs::rename(&house.config, &aside).unwrap();
    log.hangup();
    let refused = "the config is refused; an older one stays in force".to_owned();
    until(60, "the refusal is told", || house.post.titles_told().contains(&refused));
    until(60, "the refusal is logged", || log.count("the old one stays in force") == 1);
    house.is_as_it_was(&kept);
    log.end();

    let log = follow(&house.post, house.marsad(&["run"]).spawn().unwrap());
    until(60, "a start on the last good one", || log.count("running on the last good one") == 1);
    log.hangup();
    until(60, "a reload is refused there too", || log.count("the old one stays in force") == 1);
    house.is_as_it_was(&kept);
    fs::rename(&aside, &house.config).unwrap();
    log.hangup();
    until(60, "it is back", || log.count("reloaded: watching 1 feeds with 1 rules") == 1);
    log.end();

    fs::rename(&house.config, &aside).unwrap();
    for arguments in [&["once"][..], &["check"]] {
        let output = house.marsad(arguments).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(3) && said.contains("where one was followed before"), "{arguments:?}: {said}");
    }
    house.is_as_it_was(&kept);
}
