//! `marsad alerts show`: one alert whole. Why it was raised, what its story has come to, and what became of each message.

use super::{object, severity_style, state_style};
use crate::{
    cli::{
        check::counted,
        error::Error,
        explain,
        output::{Out, Style, table::Table},
        place::Place,
    },
    engine::{
        alert::{json::rfc3339, plain::severity_word},
        rule::{Evidence, Field},
    },
    store::{
        dossier::{self, Dossier, Message},
        listing::{self, Article},
        stories::{self, Member},
    },
};
use serde_json::{Value, json};

/// How many characters a snippet shows on each side of a hit.
const BESIDE: usize = 60;

/// Show one alert whole: why it was raised, its story, and what became of each message
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  marsad alerts show 7
  marsad alerts show 7 --json | jq '.deliveries[] | select(.state != \"sent\")'

Under \"why\" stands each hit with the words round it, as the archive has the article now; a hit that an edit removed stands alone.
Under \"story\" stand its articles, each with its copies below it, and where it went: told by itself, grouped under this alert,
a copy, in a digest.
With --json: the fields of `marsad alerts --json`, with {version, acknowledged, verdict, escalates, members} more. An element of
`evidence` has a `snippet`, or null; one of `deliveries` is {sink, occasion, state, attempts, created, settled, held_for, until, error,
news, digest, passed_on}; one of `members` is {article, feed, source, title, url, language, first_seen, went, copies}, `went` being
{sink: outcome}.")]
pub struct Args {
    /// Its number, as `marsad alerts` shows it
    #[arg(value_name = "N")]
    alert: i64,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(place: &Place, out: &mut Out, args: &Args) -> Result<(), Error> {
    let connection = crate::cli::archive(place)?;
    let Some(dossier) = dossier::dossier(&connection, args.alert)? else {
        return Err(Error::failed(format!("there is no alert {}", args.alert)).hinted("`marsad alerts` numbers them"));
    };
    let alert = &dossier.line.alert;
    let article = alert.article.map(|article| listing::article(&connection, article)).transpose()?.flatten();
    let story = alert.story.map(|story| stories::resolve(&connection, story)).transpose()?.flatten();
    let members = story.map(|story| stories::members(&connection, story)).transpose()?.unwrap_or_default();
    let whole = Whole { dossier, article, families: families(members) };
    if args.json { out.json(&whole.object()) } else { whole.tell(out) }
}

/// An alert with its article and its story.
struct Whole {
    dossier: Dossier,
    /// `None` once it was pruned.
    article: Option<Article>,
    /// Articles with a text of their own, each with its copies, in the order in which they were seen.
    families: Vec<(Member, Vec<Member>)>,
}

/// Puts each copy to its original; one whose original was pruned stands by itself.
fn families(members: Vec<Member>) -> Vec<(Member, Vec<Member>)> {
    let mut families: Vec<(Member, Vec<Member>)> = Vec::new();
    for member in members {
        match families.iter_mut().find(|(first, _)| Some(first.article) == member.copy_of) {
            Some((_, copies)) => copies.push(member),
            None => families.push((member, Vec::new())),
        }
    }
    families
}

impl Whole {
    fn object(&self) -> Value {
        let dossier = &self.dossier;
        let mut object = object(&dossier.line);
        object["version"] = dossier.version.as_str().into();
        object["acknowledged"] = time(dossier.acknowledged_ms);
        object["verdict"] = dossier.verdict.as_deref().into();
        object["escalates"] = time(dossier.escalates_ms);
        object["deliveries"] = dossier.messages.iter().map(message).collect();
        let evidence = dossier.line.alert.evidence.iter().map(|piece| {
            let mut object = serde_json::to_value(piece).unwrap_or_default();
            object["snippet"] = self.snippet(piece).map(|(before, after)| format!("{before}{}{after}", piece.text)).into();
            object
        });
        object["evidence"] = evidence.collect();
        let member = |member: &Member| {
            let went = self.ways(member.article).map(|(sink, outcome)| (sink.to_owned(), Value::from(outcome))).collect();
            json!({
                "article": member.article, "feed": member.feed, "source": member.source, "title": member.title, "url": member.url,
                "language": member.language, "first_seen": rfc3339(member.first_seen_ms), "went": Value::Object(went),
            })
        };
        let families = self.families.iter().map(|(first, copies)| {
            let mut object = member(first);
            object["copies"] = copies.iter().map(member).collect();
            object
        });
        object["members"] = families.collect();
        object
    }

    /// Where an article went, by sink.
    fn ways(&self, article: i64) -> impl Iterator<Item = (&str, &str)> {
        self.dossier.ways.iter().filter(move |way| way.article == article).map(|way| (way.sink.as_str(), way.outcome.as_str()))
    }

    /// The words before and after a hit, where it still stands in the article.
    fn snippet(&self, piece: &Evidence) -> Option<(String, String)> {
        let article = self.article.as_ref()?;
        let text = match piece.field {
            Field::Title => &article.title,
            Field::Text => &article.text,
            _ => return None,
        };
        if text.get(piece.start..piece.end)? != piece.text {
            return None;
        }
        let (before, after) = (text.get(..piece.start)?, text.get(piece.end..)?);
        let from = before.char_indices().rev().nth(BESIDE).map(|(at, c)| at + c.len_utf8());
        let to = after.char_indices().nth(BESIDE).map(|(at, _)| at);
        let cut = |whole: bool| if whole { "" } else { "…" };
        let before = format!("{}{}", cut(from.is_none()), &before[from.unwrap_or(0)..]);
        Some((before, format!("{}{}", &after[..to.unwrap_or(after.len())], cut(to.is_none()))))
    }

    fn tell(&self, out: &mut Out) -> Result<(), Error> {
        let alert = &self.dossier.line.alert;
        let state = self.dossier.line.state();
        out.line(&[
            Style::Plain.part(&format!("alert {}: ", alert.id)),
            Style::Bold.value(&alert.rule),
            Style::Plain.part(", "),
            severity_style(alert.severity).part(severity_word(alert.severity)),
            Style::Plain.part(", "),
            state_style(state).part(state),
        ])?;
        out.line(&[Style::Bold.value(&alert.title)])?;
        for line in alert.url.iter().chain(&alert.lines) {
            out.line(&[Style::Plain.value(line)])?;
        }
        let published = alert.published_ms.map_or_else(String::new, |at| format!(", published {}", out.ago(at)));
        let offered = alert.offered_after_ms.map_or_else(String::new, |at| format!(", first offered after {}", out.ago(at)));
        let (seen, alerted) = (out.ago(alert.first_seen_ms), out.ago(alert.alerted_ms));
        out.line(&[
            Style::Dim.part("feed "),
            Style::Plain.value(&alert.feed),
            Style::Dim.part(&format!("{published}{offered}, seen {seen}, alerted {alerted}")),
        ])?;
        self.tell_marks(out)?;
        self.tell_evidence(out)?;
        self.tell_story(out)?;
        self.tell_messages(out)
    }

    fn tell_marks(&self, out: &mut Out) -> Result<(), Error> {
        let dossier = &self.dossier;
        let acknowledged = dossier.acknowledged_ms.map_or_else(|| "not acknowledged".into(), |at| format!("acknowledged {}", out.ago(at)));
        let verdict = dossier.verdict.as_ref().map_or_else(String::new, |verdict| format!(", marked as {verdict}"));
        let escalates = dossier.escalates_ms.and_then(rfc3339).map_or_else(String::new, |at| format!(", more urgent from {at} on"));
        out.line(&[Style::Dim.part(&format!("{acknowledged}{verdict}{escalates}"))])
    }

    fn tell_evidence(&self, out: &mut Out) -> Result<(), Error> {
        let evidence = &self.dossier.line.alert.evidence;
        if evidence.is_empty() {
            return Ok(());
        }
        heading(out, "why")?;
        let mut clause = "";
        for piece in evidence {
            if piece.clause != clause {
                clause = &piece.clause;
                out.line(&[Style::Plain.part("  "), Style::Bold.value(clause)])?;
            }
            out.line(&explain::evidence_line(piece, 4))?;
            if let Some((before, after)) = self.snippet(piece) {
                let hit = Style::Mark.part(&format!("«{}»", piece.text));
                out.line(&[Style::Plain.part("      "), Style::Plain.part(&before), hit, Style::Plain.part(&after)])?;
            }
            for figure in &piece.figures {
                let counted = format!("      {} {}: ", figure.value, figure.unit.name());
                out.line(&[Style::Plain.part(&counted), Style::Plain.value(&figure.text)])?;
            }
        }
        Ok(())
    }

    fn tell_story(&self, out: &mut Out) -> Result<(), Error> {
        if self.families.is_empty() {
            return Ok(());
        }
        let copies: usize = self.families.iter().map(|(_, copies)| copies.len()).sum();
        let articles = counted(self.families.len() + copies, "article");
        let copies = if copies == 0 { String::new() } else { format!(", {} among them", counted(copies, "copy")) };
        heading(out, &format!("story: {articles}{copies}"))?;
        let mut table = Table::new(&[">article", "", "seen", "source", "went", "title"]);
        let mut row = |out: &Out, member: &Member, copy: &str| {
            let mut went: Vec<&str> = self.ways(member.article).map(|(_, outcome)| outcome).collect();
            went.sort_unstable();
            went.dedup();
            table.row(vec![
                Style::Dim.part(&member.article.to_string()),
                Style::Dim.part(copy),
                Style::Plain.part(&out.ago(member.first_seen_ms)),
                Style::Plain.value(&member.source),
                Style::Plain.part(&went.join(", ")),
                Style::Plain.value(&member.title),
            ]);
        };
        for (first, copies) in &self.families {
            row(out, first, "");
            copies.iter().for_each(|member| row(out, member, "copy"));
        }
        out.table(&table)
    }

    fn tell_messages(&self, out: &mut Out) -> Result<(), Error> {
        let messages = &self.dossier.messages;
        if messages.is_empty() {
            return heading(out, "it goes to no sink");
        }
        heading(out, "messages")?;
        for message in messages {
            let style = state_style(match message.state.as_str() {
                "merged" => "sent",
                "leased" => "pending",
                state => state,
            });
            out.line(&[
                Style::Plain.part("  "),
                Style::Bold.value(&message.sink),
                Style::Plain.part(&format!("  {}  ", message.occasion)),
                style.part(&message.state),
                Style::Dim.part(&told(out, message)),
            ])?;
            for line in
                message.error.iter().map(|error| format!("last try: {error}")).chain(message.news.iter().map(|new| format!("new: {new}")))
            {
                out.line(&[Style::Plain.part("    "), Style::Plain.value(line)])?;
            }
        }
        Ok(())
    }
}

/// A heading, parted from what stands before it.
fn heading(out: &mut Out, text: &str) -> Result<(), Error> {
    out.say("")?;
    out.say(text)
}

/// When, why and by whom a message was told or not.
fn told(out: &Out, message: &Message) -> String {
    let mut said = match (&message.held_for, message.until_ms.and_then(rfc3339)) {
        (Some(why), Some(until)) => format!(" for {why} until {until}"),
        _ => format!(" {}", out.ago(message.settled_ms.unwrap_or(message.created_ms))),
    };
    if message.attempts > 0 {
        said += &format!(", {}", counted(usize::try_from(message.attempts).unwrap_or(0), "try"));
    }
    if let Some(digest) = message.digest {
        said += &format!(", in the digest of alert {digest}");
    }
    if let Some(sink) = &message.passed_on {
        said += &format!(", passed on to {sink}");
    }
    said
}

fn message(message: &Message) -> Value {
    json!({
        "sink": message.sink, "occasion": message.occasion, "state": message.state, "attempts": message.attempts,
        "created": rfc3339(message.created_ms), "settled": time(message.settled_ms), "held_for": message.held_for,
        "until": time(message.until_ms), "error": message.error, "news": message.news, "digest": message.digest,
        "passed_on": message.passed_on,
    })
}

fn time(at_ms: Option<i64>) -> Value {
    at_ms.and_then(rfc3339).into()
}
