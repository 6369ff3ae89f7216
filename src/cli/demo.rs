//! `marsad demo`: the whole job on bundled feeds. The job itself is in the daemon's room; this shows what happens.

use super::{
    check::counted,
    error::Error,
    output::{Out, Span, Style},
    place::Place,
    run,
};
use crate::{
    daemon::{
        demo::{Edit, Event, Legacy, Repair, Shared, Summary, Toasts, demo},
        poll::{Outcome, Poll},
    },
    engine::alert::{Alert, plain::reason},
    store::ingest::Report,
};
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Between two polls: slow enough to be followed, and the whole is over in ten seconds.
const PACE: Duration = Duration::from_millis(350);

/// How many of the words that were hit are shown.
const FORMS: usize = 3;

/// See the whole job on bundled feeds, with no network and no config
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  marsad demo                    feeds in four languages on loopback, a temporary archive, alerts as they come

It takes a few seconds and leaves nothing behind. Where there is a desktop, the alerts are notifications too.")]
pub struct Args {}

/// Runs the command. Ctrl-C, SIGTERM and a reader that goes away end it early.
pub fn run(place: &Place, out: &mut Out, _args: &Args) -> Result<(), Error> {
    let (mut written, unread) = (Ok(()), CancellationToken::new());
    let mut show = |event: Event| {
        if written.is_ok() {
            // Each event at once: this is a show, not a listing.
            written = tell(out, &event).and_then(|()| out.flush());
        }
        if written.is_err() {
            unread.cancel();
        }
    };
    let ended = run::runtime()?.block_on(async {
        // Both before anything is shown or made, so that no signal falls between.
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        tokio::select! {
            ended = demo(&place.temporary, place.bus_address.is_some(), PACE, &mut show) => ended.map(Some),
            _ = interrupt.recv() => Ok(None),
            _ = terminate.recv() => Ok(None),
            () = unread.cancelled() => Ok(None),
        }
    });
    written?;
    ended?.map_or(Ok(()), |summary| sum_up(out, &summary))
}

fn tell(out: &mut Out, event: &Event) -> Result<(), Error> {
    match event {
        Event::Started { feeds, rules, archive, server } => {
            out.say(format!("{feeds} invented feeds in four languages, served on {server}; nothing else is asked"))?;
            out.say(format!("rules: {}; archive: {}, removed at the end", rules.join(", "), archive.display()))?;
            out.say("")
        }
        Event::Polled { poll, about } => polled(out, poll, about),
        Event::Alert(alert) => alerted(out, alert),
        Event::Note(text) => {
            out.say("")?;
            out.line(&[Style::Warn.part(text)])?;
            out.say("")
        }
    }
}

fn polled(out: &mut Out, poll: &Poll, about: &str) -> Result<(), Error> {
    let brought = match &poll.outcome {
        Outcome::Unchanged => "not changed".to_owned(),
        Outcome::Failed(reason) => format!("failed: {reason}"),
        Outcome::Held(reason) => format!("failed: {reason}"),
        Outcome::Store(error) => format!("the archive refused: {}", crate::daemon::chain(error)),
        Outcome::Read(read) => brought(read),
    };
    let about = Style::Dim.part(&format!(" ({about})  "));
    out.line(&[Style::Bold.value(&poll.feed), about, Style::Plain.value(brought)])
}

fn brought(read: &Report) -> String {
    let mut line = counted(read.new, "new article");
    if read.edited > 0 {
        line += &format!(", {} edited", read.edited);
    }
    if read.matched > read.raised.len() {
        line += "; one tells a story that was alerted before";
    }
    line
}

fn alerted(out: &mut Out, alert: &Alert) -> Result<(), Error> {
    out.line(&[Style::Mark.part(" ALERT "), Style::Plain.part(" "), Style::Bold.value(&alert.title)])?;
    reason(alert, FORMS).iter().try_for_each(|why| out.line(&[Style::Plain.part("         "), Style::Good.value(why)]))
}

fn sum_up(out: &mut Out, summary: &Summary) -> Result<(), Error> {
    out.say("")?;
    out.line(&[Style::Bold.part("What you saw")])?;
    totals(out, summary)?;
    summary.shared.iter().try_for_each(|shared| one_story(out, shared))?;
    summary.edits.iter().try_for_each(|edit| edited(out, edit))?;
    summary.repairs.iter().try_for_each(|repair| repaired(out, repair))?;
    summary.legacy.iter().try_for_each(|legacy| decoded(out, legacy))?;
    for (feed, reason) in &summary.failed {
        item(out, "a feed that failed", &[Style::Plain.value(feed), Style::Plain.part(": "), Style::Plain.value(reason)])?;
    }
    desktop(out, summary.toasts.as_ref())?;
    out.say("")?;
    out.line(&[Style::Bold.part("Next")])?;
    for (command, what) in
        [("marsad run ", "follow real feeds with the same rules"), ("marsad init", "write a config of your own to start from")]
    {
        out.line(&[Style::Plain.part("  "), Style::Good.part(command), Style::Plain.part(&format!("    {what}"))])?;
    }
    Ok(())
}

/// One thing that was seen: a heading of its own, then a sentence.
fn item(out: &mut Out, what: &str, sentence: &[Span]) -> Result<(), Error> {
    let head = [Style::Plain.part("  "), Style::Warn.part(what), Style::Plain.part(": ")];
    out.line(&[&head, sentence].concat())
}

fn totals(out: &mut Out, summary: &Summary) -> Result<(), Error> {
    let alerts = summary.alerts.values().sum();
    let by_rule: Vec<String> = summary.alerts.iter().map(|(rule, count)| format!("{rule} {count}")).collect();
    let polls =
        format!("{} of {}, {} of them not changed", counted(summary.polls, "poll"), counted(summary.feeds, "feed"), summary.unchanged);
    item(out, "the whole", &[Style::Plain.part(&format!("{polls}; {} archived", counted(summary.articles, "article")))])?;
    item(out, &counted(alerts, "alert"), &[Style::Plain.part(&by_rule.join(", "))])?;
    let quiet = format!("{} on football, weather, markets, elections and the like raised nothing", counted(summary.quiet, "article"));
    item(out, "silence", &[Style::Plain.part(&quiet)])
}

fn one_story(out: &mut Out, shared: &Shared) -> Result<(), Error> {
    let feeds = format!("{} carried ", and(&shared.feeds));
    let alerts = format!(" under other identifiers and links; it alerted once for each rule ({})", shared.rules.join(", "));
    let what = format!("one story in {}", counted(shared.feeds.len(), "feed"));
    item(out, &what, &[Style::Plain.part(&feeds), Style::Bold.value(&shared.title), Style::Plain.part(&alerts)])
}

fn edited(out: &mut Out, edit: &Edit) -> Result<(), Error> {
    let again = match edit.raised {
        0 => "; no alert was raised again".to_owned(),
        raised => format!("; {} since", counted(raised, "alert")),
    };
    let before = Style::Bold.value(edit.before.as_deref().unwrap_or("another title"));
    let [became, again] = [" became ", &again].map(|text| Style::Plain.part(text));
    item(out, "one edited title", &[before, became, Style::Bold.value(&edit.after), again])
}

fn repaired(out: &mut Out, repair: &Repair) -> Result<(), Error> {
    let lost = repair.begun.saturating_sub(repair.read);
    let sentence = format!(
        "{} ({}): {} of {} were read, {lost} lost with the end of the document",
        repair.feed,
        repair.defects.join(", "),
        repair.read,
        counted(repair.begun, "article")
    );
    item(out, "one broken feed", &[Style::Plain.part(&sentence)])
}

fn decoded(out: &mut Out, legacy: &Legacy) -> Result<(), Error> {
    let sentence = format!(
        "{} is in {}: {} read, {} from it",
        legacy.feed,
        legacy.charset,
        counted(legacy.read, "article"),
        counted(legacy.raised, "alert")
    );
    item(out, "one old charset", &[Style::Plain.part(&sentence)])
}

fn desktop(out: &mut Out, toasts: Option<&Toasts>) -> Result<(), Error> {
    let sentence = match toasts {
        None => "there is no session bus here; on a desktop each alert is a notification too".to_owned(),
        Some(Toasts { shown, waiting: 0, .. }) => format!("{} shown as notifications", counted(*shown, "alert")),
        Some(Toasts { waiting, reason, .. }) => {
            let reason = reason.as_deref().unwrap_or("no answer yet");
            format!("{} not shown ({reason}); `marsad run` would go on trying", counted(*waiting, "alert"))
        }
    };
    item(out, "desktop", &[Style::Plain.part(&sentence)])
}

/// `a, b and c`.
fn and(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_joined_as_people_write_them() {
        let names = |n: usize| ["a", "b", "c"].iter().take(n).map(|s| (*s).to_owned()).collect::<Vec<_>>();
        assert_eq!([0, 1, 2, 3].map(|n| and(&names(n))), ["", "a", "a and b", "a, b and c"]);
    }
}
