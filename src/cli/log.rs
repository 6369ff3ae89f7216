//! The log on standard error: for a person on a terminal, for the journal under a service manager.

use super::{output::safe, place::Place};
use crate::{daemon::clock, sink::journal};
use jiff::{Timestamp, tz::TimeZone};
use std::{fmt, io, io::IsTerminal};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::{
    EnvFilter,
    filter::ParseError,
    fmt::{
        FmtContext, FormatEvent, FormatFields,
        format::{Format, Full, Writer},
        time::FormatTime,
    },
    registry::LookupSpan,
};

/// How much is logged when `$MARSAD_LOG` does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loudness {
    /// `demo`, which shows its alerts itself.
    Demo,
    /// `-q`. The journal sink's lines are no log of ours but alerts, and appear all the same: so they do up to `Everything`.
    Errors,
    /// The default of commands that answer and exit.
    Warnings,
    /// The default of `run`.
    Info,
    /// `-v`.
    Debug,
    /// `-vv`: of the libraries too.
    Everything,
}

impl Loudness {
    fn directives(self) -> &'static str {
        match self {
            Loudness::Demo => "error,marsad::alert=error",
            Loudness::Errors => "error",
            Loudness::Warnings => "warn",
            Loudness::Info => "warn,marsad=info",
            Loudness::Debug => "info,marsad=debug",
            Loudness::Everything => "debug,marsad=trace",
        }
    }
}

/// Starts the log for this process. A second start changes nothing.
///
/// # Errors
/// A sentence for the user when `$MARSAD_LOG` cannot be read.
pub fn start(place: &Place, loudness: Loudness) -> Result<(), String> {
    let wanted = place.log_filter.as_deref().unwrap_or(loudness.directives());
    let filter = filter(wanted).map_err(|e| format!("MARSAD_LOG holds `{wanted}`, which is no filter: {e}"))?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    let started = if is_for_journal(place) {
        log.with_ansi(false).event_format(Journal::default()).try_init()
    } else {
        log.with_ansi(io::stderr().is_terminal() && place.colour).with_target(false).with_timer(LocalTime).try_init()
    };
    // Tests of the command line may run several commands in one process.
    drop(started);
    Ok(())
}

/// A filter that lets the lines of the journal sink through whatever else it names, unless it names them: they are booked as told.
fn filter(wanted: &str) -> Result<EnvFilter, ParseError> {
    let alerts = if wanted.contains(journal::TARGET) { String::new() } else { format!(",{}=info", journal::TARGET) };
    EnvFilter::try_new(format!("{wanted}{alerts}"))
}

/// Whether the journal reads it. A terminal started from the desktop may inherit $JOURNAL_STREAM: what is in front of a person
/// goes first.
pub fn is_for_journal(place: &Place) -> bool {
    place.journal && !io::stderr().is_terminal()
}

/// The local time of day.
struct LocalTime;

impl FormatTime for LocalTime {
    fn format_time(&self, w: &mut Writer<'_>) -> fmt::Result {
        let now = Timestamp::from_millisecond(clock::now_ms()).unwrap_or_default().to_zoned_datetime(TimeZone::system());
        write!(w, "{:02}:{:02}:{:02}", now.hour(), now.minute(), now.second())
    }
}

/// Lines that begin with the priority that journald reads (sd-daemon(3)); it adds the time itself.
pub struct Journal(Format<Full, ()>);

impl Default for Journal {
    fn default() -> Journal {
        Journal(Format::default().without_time().with_target(false).with_level(false).with_ansi(false))
    }
}

impl<S, N> FormatEvent<S, N> for Journal
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let priority = match *event.metadata().level() {
            Level::ERROR => 3,
            Level::WARN => 4,
            Level::INFO => 6,
            Level::DEBUG | Level::TRACE => 7,
        };
        let mut text = String::new();
        self.0.format_event(context, Writer::new(&mut text), event)?;
        // Every line anew, so that no text can bring a priority or an escape of its own.
        text.trim_end().lines().try_for_each(|line| writeln!(writer, "<{priority}>{}", safe::line(line)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alerts_are_let_through_whatever_else_is_asked_for() {
        let shows = |wanted: &str| {
            let subscriber = tracing_subscriber::fmt().with_env_filter(filter(wanted).unwrap()).with_writer(io::sink).finish();
            tracing::subscriber::with_default(subscriber, || tracing::enabled!(target: journal::TARGET, Level::INFO))
        };
        assert!(["", "off", "error", "marsad::net=debug", "marsad=warn", "debug"].into_iter().all(shows));
        assert!(!shows("warn,marsad::alert=off") && !shows(Loudness::Demo.directives()));
    }
}
