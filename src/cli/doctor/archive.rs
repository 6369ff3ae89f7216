//! The archive, what lies beside it, and what its rows tell of feeds and of time.

use super::{Finding, Place};
use crate::{
    cli::{check::counted, error::READ_A_COPY},
    config::{Config, secret},
    engine::{alert::json::rfc3339, health::span},
    sink::{anew::folder_of, mail},
    store::{
        StoreError, backups, health, json, open, overview, rescue,
        soundness::{self, Depth, Verdict},
    },
};
use std::{os::unix::fs::PermissionsExt, path::Path, time::Duration};

/// How long the archive, and a backup, are looked at.
const PATIENCE: Duration = Duration::from_secs(60);

/// How many feeds and conditions are named.
const NAMED: usize = 5;

/// A row that is so far in the future was written under another clock, in milliseconds.
const SKEW_MS: i64 = 5 * 60_000;

/// The files: is the archive sound, private, backed up, and is there room.
pub fn files(place: &Place, config: Option<&Config>, now_ms: i64) -> Vec<Finding> {
    let archive = &place.archive;
    if let Err(error) = open::behind_links(archive) {
        return vec![Finding::problem("archive", crate::daemon::chain(&error), "put the file back, or remove the link")];
    }
    if !archive.exists() {
        let said = format!("there is none at {}", archive.display());
        return vec![Finding::warning("archive", said, "`marsad run` or `marsad once` makes it; `--db PATH` names another")];
    }
    let mut found = vec![soundness_of(archive), permissions(archive), disk(archive)];
    found.extend(kept(archive, config, now_ms));
    let aside = rescue::set_aside_files(archive);
    if !aside.is_empty() {
        let bytes: u64 = aside.iter().map(|(_, bytes)| bytes).sum();
        let said = format!("{} of a damaged archive, {:.1} MB: {}", counted(aside.len(), "file"), bytes as f64 / 1e6, aside[0].0.display());
        found.push(Finding::warning(
            "set aside",
            said,
            "`sqlite3 FILE .recover` reads what can be read; delete them when you need nothing of it",
        ));
    }
    found
}

fn soundness_of(archive: &Path) -> Finding {
    let megabytes = backups::size(archive) as f64 / 1e6;
    match soundness::look(archive, Depth::Pages(PATIENCE)) {
        Ok(Verdict::Sound) => match open::read_only(archive) {
            Ok(_) => Finding::ok("archive", format!("sound, {megabytes:.1} MB")),
            Err(error) => Finding::warning("archive", crate::daemon::chain(&error), "restart the daemon after an upgrade"),
        },
        Ok(Verdict::Unfinished) => {
            Finding::ok("archive", format!("{megabytes:.1} MB; what was looked at in {} s is sound", PATIENCE.as_secs()))
        }
        Ok(Verdict::Damaged(said)) if rescue::is_ours(archive).is_ok_and(|ours| !ours) => Finding::problem(
            "archive",
            format!("{} is no archive of marsad: {said}", archive.display()),
            "`--db PATH` names another; a start leaves this file alone",
        ),
        Ok(Verdict::Damaged(said)) => Finding::problem(
            "archive",
            format!("damaged: {said}"),
            "restart marsad: when it finds the damage too, it sets the file aside and goes on from the newest backup",
        ),
        Err(error) => match open::read_only(archive) {
            // To look at it takes more than to read it.
            Ok(_) => Finding::warning(
                "archive",
                format!("{megabytes:.1} MB; it can be read, and not be looked at"),
                crate::daemon::chain(&error),
            ),
            Err(error @ StoreError::NoLog(_)) => Finding::problem("archive", error.to_string(), READ_A_COPY),
            Err(_) => Finding::problem("archive", crate::daemon::chain(&error), "`--db PATH` names another"),
        },
    }
}

fn permissions(archive: &Path) -> Finding {
    let mode = |path: &Path| std::fs::metadata(path).map_or(0, |meta| meta.permissions().mode() & 0o777);
    let folder = folder_of(archive);
    let backups = backups::folder(archive);
    let open: Vec<&Path> = [folder, &backups].into_iter().filter(|folder| mode(folder) & 0o077 != 0).collect();
    // In a folder of the owner alone the modes of the files say nothing.
    let [first, ..] = open[..] else { return Finding::ok("permissions", "the folder of the archive is yours alone") };
    if open == [folder] && mode(archive) & 0o077 == 0 {
        return Finding::ok("permissions", "the archive is yours alone");
    }
    Finding::warning(
        "permissions",
        format!("others can look into {} (mode {:o})", first.display(), mode(first)),
        format!("chmod 700 {}", first.display()),
    )
}

fn disk(archive: &Path) -> Finding {
    let folder = folder_of(archive);
    let free = match backups::free(folder) {
        Ok(free) => free,
        Err(error) => return Finding::warning("disk", crate::daemon::chain(&error), "look at the file system"),
    };
    let said = format!("{:.1} GB free", free as f64 / 1e9);
    let needed = backups::room(archive);
    if free < 64 << 20 {
        Finding::problem("disk", said, "make room: an archive that cannot grow takes no news in")
    } else if free < needed {
        Finding::warning(
            "disk",
            format!("{said}: too little for a backup, which wants {:.1} GB", needed as f64 / 1e9),
            "make room, or shorten `[archive] keep`",
        )
    } else {
        Finding::ok("disk", said)
    }
}

fn kept(archive: &Path, config: Option<&Config>, now_ms: i64) -> Vec<Finding> {
    if config.is_some_and(|config| config.archive.backups == 0) {
        return vec![Finding::ok("backups", "none are wanted: `[archive] backups = 0`")];
    }
    let list = match backups::list(archive, now_ms) {
        Ok(list) => list,
        Err(error) => return vec![Finding::problem("backups", crate::daemon::chain(&error), "make the folder readable for you")],
    };
    let Some(newest) = list.first() else {
        return vec![match backups::is_due(archive, now_ms) {
            Ok(false) => Finding::ok("backups", "the first is made when the archive is a day old"),
            _ => Finding::warning(
                "backups",
                "there is none",
                "the daemon makes one within a minute of its start; is it running, and is there room?",
            ),
        }];
    };
    let age_ms = now_ms - newest.at_ms;
    let said = format!("{}, the newest {} old", counted(list.len(), "backup"), span(age_ms));
    vec![match soundness::look(&newest.file, Depth::Pages(PATIENCE)) {
        Ok(Verdict::Damaged(reason)) => {
            let todo = format!("delete {}; a new one is made within a minute", newest.file.display());
            Finding::problem("backups", format!("the newest is damaged: {reason}"), todo)
        }
        Err(error) => Finding::problem("backups", crate::daemon::chain(&error), "look at the file and its folder"),
        Ok(_) if age_ms > 2 * backups::EVERY_MS => {
            Finding::warning("backups", said, "is the daemon running, and is there room on the disk?")
        }
        Ok(_) => Finding::ok("backups", format!("{said}, sound")),
    }]
}

/// The rows: which feeds answer, what is wrong, whether the clock is right.
pub fn rows(place: &Place, now_ms: i64) -> Vec<Finding> {
    // What keeps it from being opened is told already.
    let Ok(connection) = open::read_only(&place.archive) else { return Vec::new() };
    let (Ok(feeds), Ok(standing)) = (overview::feeds(&connection), health::open(&connection)) else { return Vec::new() };
    let names = |ids: &[&str]| ids.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    let mut found = Vec::new();
    let followed: Vec<_> = feeds.iter().filter(|feed| !feed.retired).collect();
    let never: Vec<&str> =
        followed.iter().filter(|feed| feed.last_poll_ms.is_some() && feed.last_ok_ms.is_none()).map(|feed| feed.id.as_str()).collect();
    if !never.is_empty() {
        let said = format!("{} never answered: {}", counted(never.len(), "feed"), names(&never));
        found.push(Finding::warning("feeds", said, "`marsad feeds --failing` says why; `marsad feed parse URL` looks into one"));
    } else {
        let failing = followed.iter().filter(|feed| feed.failures > 0).count();
        found.push(Finding::ok("feeds", format!("{}, {failing} failing at the moment", counted(followed.len(), "feed"))));
    }
    if let Ok(lost @ 1..) = json::lost(&connection) {
        let said = format!("a part of {} makes no sense, and is left out", counted(usize::try_from(lost).unwrap_or(usize::MAX), "row"));
        found.push(Finding::warning("values", said, "what is left of them is used; look for errors of the disk and the memory"));
    }
    for condition in standing.iter().take(NAMED) {
        let since = rfc3339(condition.since_ms).unwrap_or_default();
        found.push(Finding::warning(
            "health",
            format!("{} (since {since})", condition.title),
            "`marsad status` and `marsad alerts --rule health` tell more",
        ));
    }
    if standing.len() > NAMED {
        found.push(Finding::warning("health", format!("and {} more", standing.len() - NAMED), "`marsad status --json` lists all"));
    }
    let last_ms = feeds.iter().filter_map(|feed| feed.last_poll_ms).max().unwrap_or(0);
    found.push(if last_ms > now_ms + SKEW_MS {
        let said = format!("the last poll was at {}, which lies ahead", rfc3339(last_ms).unwrap_or_default());
        Finding::problem("clock", said, "the clock was set back, or was wrong then: set it, `timedatectl` shows it")
    } else {
        Finding::ok("clock", rfc3339(now_ms).unwrap_or_default())
    });
    found
}

/// The files with secrets: those of feeds and of sinks.
pub fn secrets(place: &Place, config: &Config) -> Vec<Finding> {
    let of_feeds = config.feeds.iter().flat_map(|feed| feed.access.secrets());
    let mut paths: Vec<_> = of_feeds.chain(config.sinks.iter().flat_map(|sink| sink.kind.secrets())).collect();
    paths.sort();
    paths.dedup();
    let mut found = Vec::new();
    for path in &paths {
        // Credentials exist inside the service alone.
        if place.credentials.is_none() && path.to_string_lossy().starts_with(crate::config::CREDENTIAL) {
            continue;
        }
        let read = secret::found(path, place.credentials.as_deref()).and_then(|path| secret::read(&path));
        if let Err(error) = read {
            let todo = error.hint.clone().unwrap_or_else(|| "write the secret into it, for you alone (chmod 600)".into());
            found.push(Finding::problem("secrets", error.message, todo));
        }
    }
    if found.is_empty() && !paths.is_empty() {
        found.push(Finding::ok("secrets", format!("{} readable by you alone", counted(paths.len(), "file"))));
    }
    found
}

/// The files of certificates. There is no secret in them, but no sink can be made without them.
pub fn certificates(config: &Config) -> Vec<Finding> {
    let mut paths: Vec<_> = config.sinks.iter().filter_map(|sink| sink.kind.certificates()).collect();
    paths.sort();
    paths.dedup();
    let todo = "`ca_file` names a file in PEM that whoever runs marsad can read";
    let wrong = paths.iter().filter_map(|path| mail::certificates(path).err());
    let found: Vec<Finding> = wrong.map(|(said, _)| Finding::problem("certificates", said, todo)).collect();
    if found.is_empty() && !paths.is_empty() {
        return vec![Finding::ok("certificates", format!("{} can be read", counted(paths.len(), "file")))];
    }
    found
}
