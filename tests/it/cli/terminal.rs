//! What reaches a terminal: our own colours and nothing of a feed's escapes, cut to its width.

use super::{Desk, filled};
use unicode_width::UnicodeWidthStr;

/// Everything a command can show of a hostile feed.
const COMMANDS: &[&[&str]] = &[
    &["alerts"],
    &["alerts", "--json"],
    &["articles"],
    &["articles", "--json"],
    &["articles", "3"],
    &["feeds"],
    &["feeds", "--json"],
    &["status"],
    &["status", "--json"],
    &["search", "a | b | c"],
    &["explain", "3"],
    &["explain", "3", "--json"],
    &["why-not", "3", "idlib"],
    &["why-not", "3", "idlib", "--json"],
    &["backtest", "--expr", "a"],
    &["backtest", "--expr", "a", "--json"],
    &["backtest", "--expr", "a", "--matches"],
    &["rules", "list"],
    &["rules", "test"],
    &["rules", "diff", "-", "config/marsad/marsad.toml"],
    &["export", "articles", "--format", "csv"],
    &["export", "alerts", "--format", "csv"],
    &["export", "alerts"],
    &["articles", "--feed", "\u{1b}[2J"],
];

/// What is not plain text in `shown`, line ends apart.
fn stray(shown: &str) -> Vec<char> {
    let strays = |c: &char| c.is_control() && !matches!(c, '\n' | '\r') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}' | '\u{2067}');
    shown.chars().filter(strays).collect()
}

/// Runs a command under a pseudo-terminal of this width.
fn on_a_terminal(desk: &Desk, columns: usize, arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let quoted: Vec<String> = arguments.iter().map(|argument| format!("'{argument}'")).collect();
    let line = format!("stty cols {columns} -opost; '{}' {}", env!("CARGO_BIN_EXE_marsad"), quoted.join(" "));
    let mut command = desk.command(&[]);
    let home: Vec<_> = command.get_envs().map(|(name, value)| (name.to_owned(), value.unwrap_or_default().to_owned())).collect();
    command = std::process::Command::new("script");
    command.args(["-q", "-e", "-c", &line, "/dev/null"]).env_clear().envs(home).env("TERM", "xterm").env("SHELL", "/bin/sh");
    command.envs(variables.iter().copied()).current_dir(desk.folder.path()).stdin(std::process::Stdio::null());
    String::from_utf8(command.output().unwrap().stdout).unwrap()
}

/// `shown` without the escapes that marsad writes itself.
fn without_colours(shown: &str) -> String {
    let mut plain = shown.to_owned();
    for code in ["0", "1", "2", "31", "32", "33", "1;30;43"] {
        plain = plain.replace(&format!("\u{1b}[{code}m"), "");
    }
    plain
}

#[test]
fn nothing_of_a_feed_escapes_into_a_pipe() {
    let desk = filled();
    for arguments in COMMANDS {
        let ran = desk.run(arguments);
        assert_eq!(stray(&(ran.out + &ran.err)), Vec::<char>::new(), "{arguments:?}");
    }
}

#[test]
fn a_terminal_gets_our_own_colours_and_nothing_else() {
    let desk = filled();
    for arguments in COMMANDS {
        let shown = on_a_terminal(&desk, 80, arguments, &[]);
        assert!(!shown.is_empty(), "{arguments:?}");
        assert_eq!(stray(&without_colours(&shown)), Vec::<char>::new(), "{arguments:?}: {shown:?}");
    }
    assert!(on_a_terminal(&desk, 80, &["alerts"], &[]).contains("\u{1b}[31mdead"));
}

#[test]
fn no_colour_where_none_is_wanted() {
    let desk = filled();
    for variables in [&[("NO_COLOR", "1")], &[("TERM", "dumb")]] {
        let shown = on_a_terminal(&desk, 80, &["alerts"], variables);
        assert!(shown.contains("dead") && !shown.contains('\u{1b}'), "{shown:?}");
    }
}

#[test]
fn a_table_never_outgrows_the_terminal() {
    let desk = filled();
    desk.open().execute("UPDATE alert SET title = ?1 WHERE n = 1", ["停火协议 ".repeat(50)]).unwrap();
    let shown = on_a_terminal(&desk, 72, &["alerts"], &[]);
    let plain = without_colours(&shown);
    assert!(plain.contains('…'), "{plain}");
    for line in plain.lines() {
        assert!(line.width() <= 72, "{} columns: {line}", line.width());
    }
}

#[test]
fn explain_marks_hits_by_colour_on_a_terminal() {
    let shown = on_a_terminal(&filled(), 80, &["explain", "1", "idlib"], &[]);
    assert!(shown.contains("قصف «\u{1b}[1;30;43mبإدلب\u{1b}[0m» اليوم"), "{shown:?}");
}

#[test]
fn help_teaches_with_examples() {
    let desk = Desk::bare();
    let help = desk.run(&["--help"]);
    assert_eq!((help.code, help.err.as_str()), (Some(0), ""));
    for word in ["Start here:", "marsad demo", "Exit codes: 0 done, 1 error, 2 usage, 3 config refused", "--config <PATH>", "--db <PATH>"] {
        assert!(help.out.contains(word), "{word}: {}", help.out);
    }
    let commands = [
        "run",
        "once",
        "check",
        "status",
        "feeds",
        "alerts",
        "search",
        "articles",
        "explain",
        "why-not",
        "backtest",
        "match",
        "init",
        "export",
        "completions",
        "man",
        "install",
        "demo",
    ];
    for command in commands {
        let help = desk.run(&[command, "--help"]);
        assert!(help.code == Some(0) && help.out.contains("Examples:\n  "), "{command}: {}", help.out);
    }
    for command in ["list", "test", "diff"] {
        assert!(desk.run(&["rules", command, "--help"]).out.contains("Examples:\n  "), "{command}");
    }
    for command in ["parse", "add"] {
        assert!(desk.run(&["feed", command, "--help"]).out.contains("Examples:\n  "), "{command}");
    }
}
