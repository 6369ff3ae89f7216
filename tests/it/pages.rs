//! The pages that users read about rules say what is true: their examples load and pass, their table of terms finds what it says.

use marsad::config::{self, Source};

const RULES: &str = include_str!("../../config/rules.md");
const README: &str = include_str!("../../README.md");
const SINKS: &str = include_str!("../../config/sinks.md");

/// What follows each opening fence of `language`, up to the closing one. A block inside a list is set in by blanks.
fn blocks<'p>(page: &'p str, language: &str) -> Vec<&'p str> {
    let fence = format!("```{language}\n");
    page.split(fence.as_str()).skip(1).filter_map(|rest| Some(rest.split_once("```")?.0)).collect()
}

/// Loads `text`, with a feed beside it, and says what is wrong with it.
fn problems(text: &str) -> Option<String> {
    let feed = "[[feed]]\nurl = 'https://a.example/rss'\n";
    let source = Source { name: "page.toml".into(), text: format!("{text}\n{feed}") };
    config::load(&[source], &Default::default()).err().map(|report| report.to_string())
}

#[test]
fn every_config_on_the_pages_loads_and_passes_its_tests() {
    for (page, least) in [(RULES, 4), (README, 2), (SINKS, 1)] {
        let found = blocks(page, "toml");
        assert!(found.len() >= least);
        for block in found {
            if let Some(report) = problems(block) {
                panic!("{block}\n{report}");
            }
        }
    }
}

/// The code spans of a table's cell.
fn spans(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(|span| span.replace("\\|", "|")).collect()
}

/// The rows of the page's table of terms: how a term is written, what it finds, what it leaves alone.
fn terms(page: &str) -> Vec<[Vec<String>; 3]> {
    let table = page.lines().skip_while(|line| !line.starts_with("| written | finds | leaves alone |")).skip(2);
    let rows = table.take_while(|line| line.starts_with('|'));
    rows.map(|row| {
        let row = row.replace("\\|", "\u{0}");
        let mut cells = row.trim_matches('|').split('|').map(|cell| spans(&cell.replace('\u{0}', "|")));
        std::array::from_fn(|_| cells.next().unwrap())
    })
    .collect()
}

#[test]
fn a_term_finds_what_the_tables_say_and_leaves_the_rest_alone() {
    for (page, least) in [(RULES, 15), (README, 8)] {
        let rows = terms(page);
        assert!(rows.len() >= least, "{}", rows.len());
        for [written, finds, leaves] in rows {
            for term in &written {
                // A JSON list of texts is a TOML one.
                let [finds, leaves] = [&finds, &leaves].map(|texts| serde_json::to_string(texts).unwrap());
                let rule = format!("[[rule]]\nname = 'r'\nwhen = '''{term}'''\n[[rule.test]]\nmatch = {finds}\nreject = {leaves}\n");
                if let Some(report) = problems(&rule) {
                    panic!("{report}");
                }
            }
        }
    }
}
