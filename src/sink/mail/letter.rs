//! A message as a letter: subject, plain text, HTML, and the ids that thread it. Every line says which way it runs.

use super::super::{Message, SendError, told};
use crate::engine::alert::{
    direction::direction,
    encode::xml,
    plain::{Plain, plain},
    safe::safe,
};
use std::fmt::Write;

/// The most alerts that a digest lists; the rest is counted.
const LISTED: usize = 100;

/// The most letters of a subject: what mail programs show of it.
const MAX_SUBJECT: usize = 120;

/// A letter without addresses.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Letter {
    /// In angle brackets.
    pub id: String,
    /// The id of the letter that this one follows.
    pub follows: Option<String>,
    pub subject: String,
    pub text: String,
    pub html: String,
}

impl Letter {
    /// The letter for `message`, from somebody at `domain`.
    pub fn write(message: &Message, domain: &str) -> Result<Letter, SendError> {
        let said = told(message)?;
        let items: Vec<Plain> = match message.digest {
            true => message.alerts.iter().take(LISTED).filter_map(|alert| plain(std::slice::from_ref(alert), &[])).collect(),
            false => vec![said.clone()],
        };
        let left = if message.digest { message.alerts.len().saturating_sub(LISTED) } else { 0 };
        Ok(Letter {
            id: id(&message.key, domain),
            follows: message.replaces.clone().filter(|receipt| is_id(receipt)),
            subject: subject(&said.title),
            text: text(&said, &items, left, message.digest),
            html: html(&said, &items, left, message.digest),
        })
    }
}

/// A title as a subject. Parted where it would begin an encoded word (RFC 2047): mail programs read those, and what is written in
/// one was never looked at.
fn subject(title: &str) -> String {
    safe(title, MAX_SUBJECT).replace("=?", "=\u{200b}?")
}

/// A Message-ID (RFC 5322, section 3.6.4): whatever cannot stand in one is a dot.
fn id(key: &str, domain: &str) -> String {
    let sound =
        |text: &str| text.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' || c == '.' { c } else { '.' }).collect::<String>();
    format!("<{}@{}>", sound(key), sound(domain))
}

/// Whether `receipt` is an id as [`id`] makes them: it goes into a header again.
fn is_id(receipt: &str) -> bool {
    let inner = receipt.strip_prefix('<').and_then(|rest| rest.strip_suffix('>'));
    inner.is_some_and(|inner| inner.len() < 250 && inner.chars().all(|c| c.is_ascii_alphanumeric() || "-.@".contains(c)))
}

fn text(said: &Plain, items: &[Plain], left: usize, digest: bool) -> String {
    let mut out = String::new();
    if digest {
        let _ = writeln!(out, "{}\n", said.title);
    }
    for item in items {
        let _ = writeln!(out, "{}\n{}", item.title, item.head());
        let _ = writeln!(out, "{}", item.link.as_deref().map(|link| format!("{link}\n")).unwrap_or_default());
    }
    if left > 0 {
        let _ = writeln!(out, "… and {left} more");
    }
    out
}

fn html(said: &Plain, items: &[Plain], left: usize, digest: bool) -> String {
    let mut out = String::from("<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"></head>\n<body>\n");
    if digest {
        let _ = writeln!(out, "<h1 dir=\"{}\">{}</h1>", direction(&said.title), xml(&said.title));
    }
    for item in items {
        let title = xml(&item.title);
        let title = item.link.as_deref().map_or_else(|| title.clone(), |link| format!("<a href=\"{}\">{title}</a>", xml(link)));
        let _ = writeln!(out, "<h2 dir=\"{}\">{title}</h2>", direction(&item.title));
        for line in item.head().lines() {
            let _ = writeln!(out, "<p dir=\"{}\">{}</p>", direction(line), xml(line));
        }
    }
    if left > 0 {
        let _ = writeln!(out, "<p>… and {left} more</p>");
    }
    out + "</body></html>\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::alert::{encode::tests::hostile, plain::tests::alert};
    use proptest::prelude::*;

    fn message(titles: &[&str], digest: bool) -> Message {
        let alerts = titles.iter().map(|title| alert("idlib", title, &[])).collect();
        Message { key: "a1-7-new".into(), alerts, earlier_rules: vec![], replaces: None, digest, sent_ms: 0 }
    }

    #[test]
    fn a_letter_says_which_way_its_lines_run() {
        let letter = Letter::write(&message(&["نزوح 37 عائلة"], false), "example.org").unwrap();
        assert_eq!(letter.id, "<a1-7-new@example.org>");
        assert_eq!(letter.subject, "نزوح 37 عائلة");
        assert_eq!(letter.text, "نزوح 37 عائلة\nidlib\nenab\nhttps://news.example/1\n\n");
        assert!(
            letter.html.contains("<h2 dir=\"rtl\"><a href=\"https://news.example/1\">نزوح 37 عائلة</a></h2>\n<p dir=\"ltr\">idlib</p>")
        );
    }

    #[test]
    fn a_digest_lists_all_up_to_a_hundred() {
        let titles: Vec<String> = (0..130).map(|n| format!("title {n}")).collect();
        let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
        let letter = Letter::write(&message(&titles, true), "example.org").unwrap();
        assert!(letter.text.contains("title 99\n") && !letter.text.contains("title 100\n"));
        assert!(letter.text.ends_with("… and 30 more\n"));
        assert_eq!(letter.html.matches("<h2").count(), 100);
    }

    #[test]
    fn no_title_is_an_encoded_word() {
        let letter = Letter::write(&message(&["=?utf-8?b?4oCubGl2ZQ==?="], false), "example.org").unwrap();
        assert_eq!(letter.subject, "=\u{200b}?utf-8?b?4oCubGl2ZQ==\u{200b}?=");
    }

    #[test]
    fn ids_are_ids_whatever_they_are_made_of() {
        assert_eq!(id("a>\r\nBcc: x@e", "ex ample"), "<a...Bcc..x.e@ex.ample>");
        let mut follows = message(&["t"], false);
        for (receipt, kept) in [("<a1-7-new@example.org>", true), ("<a>\r\nBcc: <x>", false), ("nonsense", false)] {
            follows.replaces = Some(receipt.into());
            assert_eq!(Letter::write(&follows, "example.org").unwrap().follows.is_some(), kept, "{receipt}");
        }
    }

    proptest! {
        #[test]
        fn no_title_is_a_tag_or_a_second_line(title in hostile()) {
            let letter = Letter::write(&message(&[&title], false), "example.org").unwrap();
            prop_assert!(!letter.subject.contains(['\r', '\n']));
            let ours = ["<!DOCTYPE html>", "<html>", "<head>", "<meta charset=\"utf-8\">", "</head>", "<body>", "<h2 dir=\"rtl\">", "<h2 dir=\"ltr\">",
                "<a href=\"https://news.example/1\">", "</a>", "</h2>", "<p dir=\"ltr\">", "<p dir=\"rtl\">", "</p>", "</body>", "</html>"];
            let rest = ours.iter().fold(letter.html, |html, tag| html.replace(tag, ""));
            prop_assert!(!rest.contains(['<', '>']), "{rest}");
        }
    }
}
