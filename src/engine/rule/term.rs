//! One group of a rule's list, `term | term | @concept`, read into its terms.

/// How loosely a term matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// Folded, and with the glue of its language.
    Bare,
    /// `="…"`: folded, this form only.
    Exact,
    /// `=="…"`: this form, letter by letter.
    Literal,
    /// `word*`.
    OpenEnd,
    /// `*word`.
    OpenStart,
}

/// One alternative of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// A word or a phrase.
    Term {
        /// As the user wrote it.
        written: String,
        /// Without quotes and operators.
        text: String,
        /// How loosely it matches.
        form: Form,
    },
    /// `@name`.
    Concept(String),
}

/// What is wrong with a group, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TermError {
    /// Lower-case fragment.
    pub message: String,
    /// What to write instead.
    pub hint: Option<String>,
}

fn error<T>(message: impl Into<String>, hint: impl Into<String>) -> Result<T, TermError> {
    Err(TermError { message: message.into(), hint: Some(hint.into()) })
}

/// Reads a group.
///
/// # Errors
/// For an empty alternative, an unclosed quote, and operators that this version does not know.
pub fn parse_group(group: &str) -> Result<Vec<Item>, TermError> {
    split(group)?.into_iter().map(parse_item).collect()
}

/// Cuts at every `|` outside quotes.
fn split(group: &str) -> Result<Vec<&str>, TermError> {
    let (mut parts, mut start, mut quoted) = (Vec::new(), 0, false);
    for (at, c) in group.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '|' if !quoted => {
                parts.push(&group[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    if quoted {
        return error("a quote is not closed", "end the phrase with `\"`");
    }
    parts.push(&group[start..]);
    Ok(parts)
}

fn parse_item(written: &str) -> Result<Item, TermError> {
    let written = written.trim();
    if written.is_empty() {
        return error("an empty term", "remove it, or the `|` beside it");
    }
    if let Some(name) = written.strip_prefix('@') {
        if name.is_empty() || name.chars().any(char::is_whitespace) {
            return error(format!("`{written}` is no concept name"), "a concept is `@` and one word");
        }
        return Ok(Item::Concept(name.to_owned()));
    }
    if written.starts_with('/') {
        return error("regular expressions are not supported by this version", "write the words that the text would hold");
    }
    if written.starts_with('~') {
        return error("`~` (one typo) is not supported by this version", "list the spellings, with `|` between them");
    }
    let (form, rest) = form_of(written);
    let text = unquote(rest)?;
    if !text.chars().any(char::is_alphanumeric) {
        return error(format!("`{written}` holds no letter or digit"), "a term needs at least one");
    }
    if text.contains('*') {
        return error(format!("`*` in `{written}` stands neither first nor last in one word"), "write `word*` or `*word`");
    }
    Ok(Item::Term { written: written.to_owned(), text: text.to_owned(), form })
}

fn form_of(written: &str) -> (Form, &str) {
    if let Some(rest) = written.strip_prefix("==") {
        (Form::Literal, rest)
    } else if let Some(rest) = written.strip_prefix('=') {
        (Form::Exact, rest)
    } else if let Some(rest) = written.strip_suffix('*').filter(|rest| one_word(rest)) {
        (Form::OpenEnd, rest)
    } else if let Some(rest) = written.strip_prefix('*').filter(|rest| one_word(rest)) {
        (Form::OpenStart, rest)
    } else {
        (Form::Bare, written)
    }
}

fn one_word(text: &str) -> bool {
    text.chars().all(char::is_alphanumeric)
}

fn unquote(text: &str) -> Result<&str, TermError> {
    let text = text.trim();
    let inner = text.strip_prefix('"').and_then(|t| t.strip_suffix('"')).unwrap_or(text);
    if inner.contains('"') {
        return error(format!("`{text}` holds a quote inside"), "write one phrase in quotes, or several terms with `|` between them");
    }
    Ok(inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_read_into_terms() {
        let read = |g| parse_group(g).unwrap();
        assert_eq!(read("@idlib | Idleb").len(), 2);
        assert_eq!(read("\"a | b\"").len(), 1);
        assert!(matches!(&read("==\"US\"")[0], Item::Term { form: Form::Literal, text, .. } if text == "US"));
        assert!(matches!(&read("=US")[0], Item::Term { form: Form::Exact, text, .. } if text == "US"));
        assert!(matches!(&read("IDP*")[0], Item::Term { form: Form::OpenEnd, text, .. } if text == "IDP"));
        assert!(matches!(&read("*abad")[0], Item::Term { form: Form::OpenStart, text, .. } if text == "abad"));
        assert!(matches!(&read("وقف إطلاق النار")[0], Item::Term { form: Form::Bare, .. }));
    }

    #[test]
    fn what_cannot_be_read_is_refused_with_a_hint() {
        for bad in ["", "a |", "@", "@two words", "/x/", "~word", "\"open", "a*b", "* *", "…"] {
            let error = parse_group(bad).unwrap_err();
            assert!(error.hint.is_some(), "{bad}: {error:?}");
        }
    }
}
