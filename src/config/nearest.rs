//! "Did you mean": the known word nearest to a mistyped one. Suggests only, never corrects.

/// Words that people write for a key that has another name here.
const SYNONYMS: &[(&str, &str)] = &[
    ("keywords", "any"),
    ("keyword", "any"),
    ("terms", "any"),
    ("words", "any"),
    ("or", "any"),
    ("and", "all"),
    ("must", "all"),
    ("not", "none"),
    ("exclude", "none"),
    ("link", "url"),
    ("href", "url"),
    ("address", "url"),
    ("lang", "language"),
    ("label", "tags"),
    ("labels", "tags"),
    ("category", "tags"),
    ("title", "name"),
    ("fields", "where"),
    ("sources", "feeds"),
    ("priority", "severity"),
    ("urgency", "severity"),
    ("token", "token_file"),
    ("secret", "token_file"),
    ("password", "token_file"),
    ("command", "argv"),
    ("cmd", "argv"),
    ("exec", "argv"),
    ("retention", "keep"),
    ("every", "interval"),
    ("kind", "type"),
];

/// A hint that names the word of `known` that `word` was probably meant to be.
pub fn did_you_mean<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<String> {
    nearest(word, known).map(|k| format!("did you mean `{k}`?"))
}

/// How many names a hint lists.
const LISTED: usize = 12;

/// A hint that names the word of `known` that `word` was probably meant to be, else those that are known; `what` is what they are, and
/// each is written behind `sign`.
pub fn one_of<'k>(word: &str, sign: &str, what: &str, known: impl IntoIterator<Item = &'k str> + Clone) -> Option<String> {
    nearest(word, known.clone()).map(|near| format!("did you mean `{sign}{near}`?")).or_else(|| {
        let mut names: Vec<&str> = known.into_iter().collect();
        names.sort_unstable();
        names.dedup();
        let more = names.len().saturating_sub(LISTED);
        names.truncate(LISTED);
        let end = if more > 0 { format!(" and {more} more") } else { String::new() };
        let list = || names.iter().map(|name| format!("{sign}{name}")).collect::<Vec<_>>().join(", ");
        (!names.is_empty()).then(|| format!("the {what} are {}{end}", list()))
    })
}

/// The nearest of `known`, when it is near enough: a third of the word, at least one and at most three edits.
pub(super) fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let lower = word.to_lowercase();
    let synonym = SYNONYMS.iter().find(|(from, _)| *from == lower).map(|(_, to)| *to);
    let most = (word.chars().count() / 3).clamp(1, 3);
    known
        .into_iter()
        .filter_map(|k| {
            let edits = if Some(k) == synonym { 0 } else { distance(&lower, &k.to_lowercase()) };
            (edits <= most).then_some((edits, k))
        })
        .min()
        .map(|(_, k)| k)
}

/// Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let swap = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            let mut least = (rows[i - 1][j] + 1).min(row[j - 1] + 1).min(rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]));
            if swap {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_hand_finds_its_word() {
        let known = ["desktop", "journal", "webhook"];
        assert_eq!(nearest("deskop", known), Some("desktop"));
        assert_eq!(nearest("jounral", known), Some("journal"));
        assert_eq!(nearest("DESKTOP", known), Some("desktop"));
        assert_eq!(nearest("telegram", known), None);
    }

    #[test]
    fn a_word_that_is_near_none_is_told_a_few_of_those_that_are_known() {
        let many: Vec<String> = (10..30).map(|n| format!("concept{n}")).collect();
        let hint = |word, known: &[String]| one_of(word, "@", "concepts", known.iter().map(String::as_str));
        assert_eq!(hint("concept1x", &many[..1]).unwrap(), "did you mean `@concept10`?");
        let listed = hint("weather", &many).unwrap();
        assert!(listed.starts_with("the concepts are @concept10, @concept11, ") && listed.ends_with("@concept21 and 8 more"), "{listed}");
        assert_eq!(hint("weather", &[]), None);
    }

    #[test]
    fn a_synonym_counts_only_where_its_word_is_known() {
        assert_eq!(nearest("keywords", ["all", "any"]), Some("any"));
        assert_eq!(nearest("keywords", ["url", "name"]), None);
    }
}
