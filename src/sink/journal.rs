//! Alerts as lines of the log: one event each, its fields safe for a terminal. It cannot fail.

use super::{Message, Sending, Shape, Sink};
use crate::engine::alert::{
    Alert,
    plain::{MAX_BODY, MAX_TITLE, reason, severity_word},
    safe::safe,
};

/// How many forms that were hit a line shows.
const FORMS: usize = 5;

/// Under which target its lines are logged.
pub const TARGET: &str = "marsad::alert";

/// The log.
#[derive(Debug, Clone, Copy)]
pub struct Journal;

impl Sink for Journal {
    fn shape(&self) -> Shape {
        Shape::Each
    }

    fn send<'a>(&'a self, message: &'a Message) -> Sending<'a> {
        Box::pin(async move {
            message.alerts.iter().for_each(|alert| write(alert, &message.key));
            Ok(String::new())
        })
    }
}

fn write(alert: &Alert, key: &str) {
    tracing::info!(
        target: TARGET,
        rule = %safe(&alert.rule, MAX_TITLE),
        severity = severity_word(alert.severity),
        feed = %safe(&alert.feed, MAX_TITLE),
        title = %safe(&alert.title, MAX_TITLE),
        url = alert.url.as_deref().map(|url| tracing::field::display(safe(url, MAX_BODY))),
        evidence = %safe(&reason(alert, FORMS).join("; "), MAX_BODY),
        alert = alert.id,
        key,
        "alert"
    );
}
