//! What a server must say several times, over more than a day, before it is believed: that a feed has moved for good, or is
//! gone. A slip of an administrator or of a hotel's network is undone within hours. Never acts on it.

use super::DAY_MS;

/// How often it must be said.
const TIMES: u32 = 3;

/// What was said last, and since when without contradiction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    /// The address that the feed moved to, or [`GONE`].
    pub said: String,
    /// How many answers in a row have said it.
    pub times: u32,
    /// When it was said first, Unix milliseconds.
    pub since_ms: i64,
}

/// [`Agreement::said`] of a 410 (RFC 9110 section 15.5.11); no address looks like it.
pub const GONE: &str = "410";

impl Agreement {
    /// The agreement after one more answer that says `said`. Anything else than before starts it anew.
    #[must_use]
    pub fn with(before: Option<&Agreement>, said: &str, now_ms: i64) -> Agreement {
        match before {
            Some(before) if before.said == said => Agreement { times: before.times.saturating_add(1), ..before.clone() },
            _ => Agreement { said: said.to_owned(), times: 1, since_ms: now_ms },
        }
    }

    /// Whether it is believed: three times, over a day and more.
    #[must_use]
    pub fn holds(&self, now_ms: i64) -> bool {
        self.times >= TIMES && now_ms.saturating_sub(self.since_ms) >= DAY_MS
    }
}

/// Whether a move from `from` to `to` may be adopted at all (RFC 9110 sections 15.4.2 and 15.4.9): only http and https, never
/// back from https to plain http, and not to where the user has sent it back from (`stays_from`). A feed with secrets of its
/// own stays at their origin. That no address on the way is private is the guard's part, before each connection.
#[must_use]
pub fn may_move(from: &str, to: &str, stays_from: Option<&str>, secrets: bool) -> bool {
    let (Ok(from), Ok(target)) = (url::Url::parse(from), url::Url::parse(to)) else { return false };
    let scheme = match target.scheme() {
        "https" => true,
        "http" => from.scheme() == "http",
        _ => false,
    };
    scheme && stays_from != Some(to) && (!secrets || from.origin() == target.origin())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_answer_three_times_over_a_day_is_believed_and_nothing_less() {
        let say = |at: &[(i64, &str)]| {
            let mut agreement = None;
            for (hours, said) in at {
                agreement = Some(Agreement::with(agreement.as_ref(), said, hours * 3_600_000));
            }
            let last = at.last().map_or(0, |(hours, _)| hours * 3_600_000);
            agreement.is_some_and(|agreement| agreement.holds(last))
        };
        assert!(say(&[(0, "x"), (12, "x"), (24, "x")]));
        assert!(!say(&[(0, "x"), (48, "x")]), "twice only");
        assert!(!say(&[(0, "x"), (1, "x"), (2, "x"), (23, "x")]), "within a day");
        assert!(!say(&[(0, "x"), (12, "y"), (24, "x"), (36, "x")]), "contradicted");
        assert!(say(&[(0, "y"), (1, "x"), (12, "x"), (25, "x")]));
    }

    #[test]
    fn a_move_is_adopted_to_http_addresses_and_never_back_to_plain_http() {
        let may = |from, to| may_move(from, to, None, false);
        assert!(may("http://a.example/f", "https://a.example/f") && may("https://a.example/f", "https://b.example/f"));
        assert!(may("http://a.example/f", "http://b.example/f"));
        assert!(!may("https://a.example/f", "http://a.example/f") && !may("http://a.example/f", "ftp://a.example/f"));
        assert!(!may("http://a.example/f", "nonsense"));
        assert!(!may_move("http://a.example/f", "http://b.example/f", Some("http://b.example/f"), false), "sent back by the user");
        assert!(
            !may_move("http://a.example/f", "http://b.example/f", None, true)
                && may_move("http://a.example/f", "http://a.example/g", None, true)
        );
    }
}
