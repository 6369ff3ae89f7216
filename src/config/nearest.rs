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

/// A hint that names the word of `known` that `word` was probably meant to be, else those that are known; `what` is what they are.
pub(super) fn one_of<'k>(word: &str, what: &str, known: impl IntoIterator<Item = &'k str> + Clone) -> Option<String> {
    did_you_mean(word, known.clone()).or_else(|| {
        let mut names: Vec<&str> = known.into_iter().collect();
        names.sort_unstable();
        names.dedup();
        let more = names.len().saturating_sub(LISTED);
        names.truncate(LISTED);
        let end = if more > 0 { format!(" and {more} more") } else { String::new() };
        (!names.is_empty()).then(|| format!("the {what} are {}{end}", names.join(", ")))
    })
}

/// A hint on a concept that nobody defines.
pub fn concept_hint<'k>(name: &str, known: impl IntoIterator<Item = &'k str> + Clone) -> String {
    nearest(name, known.clone()).map_or_else(
        || format!("known concepts: {}", known.into_iter().map(|known| format!("@{known}")).collect::<Vec<_>>().join(", ")),
        |near| format!("did you mean `@{near}`?"),
    )
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
    fn a_synonym_counts_only_where_its_word_is_known() {
        assert_eq!(nearest("keywords", ["all", "any"]), Some("any"));
        assert_eq!(nearest("keywords", ["url", "name"]), None);
    }
}
