//! The matcher and an oracle that reads the page on rules word by word agree on every rule and article, and evidence is true.

use super::plan::Plan;
use crate::support::oracle::{
    Oracle,
    words::{ATTRIBUTES, BETWEEN, LEXICON, NUMBERS, Piece, SEEN_MS, SIGNED, TERMS, WRITTEN},
};
use marsad::engine::{
    lang::fold::Folded,
    rule::{FeedScope, Field, Near, RuleSpec, Ruleset, Subject, compile},
};

/// Bytes as a plan of an article and of one to three rules.
pub fn check(data: &[u8]) {
    let mut plan = Plan(data);
    let (count, piece) = (1 + plan.below(3), piece(&mut plan));
    let rules = sound((0..count).map(|_| rule(&mut plan)).collect());
    let compiled = compile(&rules, &LEXICON).unwrap_or_else(|errors| panic!("{errors:?}"));
    agree(&compiled, &piece);
    evidence_is_true(&compiled, &piece);
}

/// The rules that compile: the others say why they do not, which is tested elsewhere.
pub fn sound(rules: Vec<RuleSpec>) -> Vec<RuleSpec> {
    rules.into_iter().filter(|rule| compile(std::slice::from_ref(rule), &LEXICON).is_ok()).collect()
}

/// The rules that hold, by their positions.
pub fn holding(rules: &Ruleset, subject: &Subject<'_>) -> Vec<usize> {
    rules.matches(subject).iter().map(|found| found.rule).collect()
}

/// The engine and the oracle find the same.
pub fn agree(rules: &Ruleset, piece: &Piece) {
    let (specs, subject) = (rules.specs(), piece.subject());
    let expected: Vec<usize> = (0..specs.len()).filter(|rule| Oracle::new(&LEXICON, &specs[*rule], &subject).holds()).collect();
    assert_eq!(holding(rules, &subject), expected, "{specs:?}\n{piece:?}");
    // The same where somebody has folded the article before.
    let folded = [Folded::new(subject.title), Folded::new(subject.text)];
    let before = Subject { folded: Some([&folded[0], &folded[1]]), ..subject };
    assert_eq!(rules.matches(&before), rules.matches(&subject), "{specs:?}\n{piece:?}");
}

/// Every piece of evidence is a whole part of its field, and what is explained is what is matched.
pub fn evidence_is_true(rules: &Ruleset, piece: &Piece) {
    let subject = piece.subject();
    let explained = |rule| rules.explain(rule, &subject).unwrap_or_else(|| panic!("rule {rule} is not explained"));
    let explanations: Vec<_> = (0..rules.specs().len()).map(explained).collect();
    let shown = rules.matches(&subject).into_iter().flat_map(|found| found.evidence);
    for hit in shown.chain(explanations.iter().flat_map(|explanation| explanation.evidence()).cloned()) {
        // `get` gives nothing off a character's boundary.
        assert_eq!(subject.field(hit.field).get(hit.start..hit.end), Some(hit.text.as_str()), "{piece:?}");
        assert!(!hit.text.is_empty() && !hit.clause.is_empty() && !hit.term.is_empty(), "{hit:?}");
    }
    let held: Vec<usize> = (0..explanations.len()).filter(|rule| explanations[*rule].holds).collect();
    assert_eq!(held, holding(rules, &subject), "what is explained is what is matched: {piece:?}");
}

fn pick<'v>(plan: &mut Plan<'_>, from: &[&'v str]) -> &'v str {
    from[plan.below(from.len())]
}

/// One of so many.
fn one_of(plan: &mut Plan<'_>, count: usize) -> bool {
    plan.below(count) == count - 1
}

fn several(plan: &mut Plan<'_>, most: usize, between: &str, mut part: impl FnMut(&mut Plan<'_>) -> String) -> String {
    (0..1 + plan.below(most)).map(|_| part(plan)).collect::<Vec<_>>().join(between)
}

fn text(plan: &mut Plan<'_>, most: usize) -> String {
    let word = |plan: &mut Plan<'_>| {
        let word = pick(plan, WRITTEN).to_owned() + pick(plan, BETWEEN);
        // Two numbers side by side are read as one by some, and by no page.
        if one_of(plan, 10) { format!("{word} {} ", pick(plan, NUMBERS)) } else { word }
    };
    (0..plan.below(most + 1)).map(|_| word(plan)).collect()
}

fn piece(plan: &mut Plan<'_>) -> Piece {
    let (title, text_, author, categories) = (text(plan, 6), text(plan, 20), text(plan, 2), text(plan, 3));
    let shape = plan.below(240);
    Piece {
        title,
        text: text_,
        author,
        categories,
        feed: ["enab", "trt"][shape % 2],
        tags: ["syria", "war"][..shape % 3].iter().map(|tag| (*tag).to_owned()).collect(),
        language: [None, Some("ar"), Some("ar-SY"), Some("tr"), Some("ru"), Some("fa")][shape / 4 % 6],
        published_ms: [None, Some(0), Some(9), Some(18), Some(27)][shape % 5].map(|hours: i64| SEEN_MS - hours * 3_600_000),
    }
}

fn quoted(plan: &mut Plan<'_>) -> String {
    let word = |plan: &mut Plan<'_>| if one_of(plan, 4) { pick(plan, WRITTEN) } else { pick(plan, TERMS) }.replace('"', "״");
    several(plan, 3, " ", word)
}

fn term(plan: &mut Plan<'_>) -> String {
    match plan.below(9) {
        0..4 => pick(plan, TERMS).to_owned(),
        4 | 5 => format!("\"{}\"", quoted(plan)),
        6 => format!("=\"{}\"", quoted(plan)),
        7 => format!("==\"{}\"", pick(plan, WRITTEN).replace('"', "״")),
        _ => pick(plan, SIGNED).to_owned(),
    }
}

fn group(plan: &mut Plan<'_>) -> String {
    several(plan, 3, " | ", term)
}

fn leaf(plan: &mut Plan<'_>) -> String {
    match plan.below(9) {
        0..4 => group(plan),
        4 | 5 => {
            let n = 1 + plan.below(12);
            let call = [format!("NEAR({n}, "), format!("SEQ({n}, "), "SENT(".to_owned()][plan.below(3)].clone();
            format!("{call}{}, {})", group(plan), several(plan, 2, ", ", group))
        }
        6 => format!("{}:{}", pick(plan, &["title", "text", "author", "url", "category"]), group(plan)),
        7 => {
            let terms = several(plan, 2, "|", |plan| pick(plan, &["displaced", "نزوح", "беженцы", "@truce"]).to_owned());
            let (sign, number) = (pick(plan, &[">=", ">", "=", "<", "<="]), pick(plan, &["3", "7", "12", "500", "12500"]));
            format!("count({terms}){sign}{number}")
        }
        _ => pick(plan, ATTRIBUTES).to_owned(),
    }
}

fn expression(plan: &mut Plan<'_>, depth: usize) -> String {
    let inside = |plan: &mut Plan<'_>| format!("({})", expression(plan, depth + 1));
    if depth == 3 {
        return leaf(plan);
    }
    match plan.below(8) {
        0 | 1 => leaf(plan),
        2 => several(plan, 3, " AND ", inside),
        3 => several(plan, 3, " ", inside),
        4 => several(plan, 3, " OR ", inside),
        5 => format!("{}:({})", pick(plan, &["title", "text"]), expression(plan, depth + 1)),
        6 => format!("atleast({}, {})", 1 + plan.below(2), several(plan, 3, ", ", inside)),
        _ => format!("{}({})", pick(plan, &["NOT ", "-"]), expression(plan, depth + 1)),
    }
}

/// A string of a list.
fn listed(plan: &mut Plan<'_>) -> String {
    let place = pick(plan, &["", "", "", "", "title:", "text: "]);
    let alternative = |plan: &mut Plan<'_>| match plan.below(5) {
        0 | 1 => several(plan, 2, " ", |plan| pick(plan, TERMS).to_owned()),
        _ => term(plan),
    };
    place.to_owned() + &several(plan, 3, " | ", alternative)
}

fn rule(plan: &mut Plan<'_>) -> RuleSpec {
    let mut list = |most: usize| (0..plan.below(most + 1)).map(|_| listed(plan)).collect::<Vec<_>>();
    let (all, any, none) = (list(2), list(2), list(1));
    let near = match plan.below(5) {
        0 => Some(Near::Words(plan.below(10) as u32)),
        1 => Some(Near::Sentence),
        _ => None,
    };
    let scored = if one_of(plan, 4) { 1 + plan.below(3) } else { 0 };
    let score = (0..scored).map(|_| (listed(plan), plan.below(6) as f64 - 2.0)).collect();
    let feeds = [None, None, None, None, None, None, Some(FeedScope::Feed("enab".into())), Some(FeedScope::Tag("syria".into()))];
    let (feed, language, speak) = (plan.below(feeds.len()), plan.below(12), plan.below(8));
    let languages = ["ar", "tr", "fa"].get(language).map(|tag| (*tag).to_owned());
    let fields = if one_of(plan, 5) { Field::ALL.into_iter().skip(plan.below(5)).take(1 + plan.below(3)).collect() } else { Vec::new() };
    RuleSpec {
        id: "r".into(),
        near: near.filter(|_| all.len() > 1),
        all,
        any,
        none,
        score,
        threshold: 1.0 + plan.below(4) as f64,
        title_factor: [0.0, 0.5, 2.0][plan.below(3)],
        when: one_of(plan, 2).then(|| expression(plan, 0)),
        fields,
        feeds: feeds[feed].clone().into_iter().collect(),
        langs: languages.into_iter().collect(),
        feed_langs: ["tr", "en", "fa", "ru"].into_iter().skip(speak).take(2).map(str::to_owned).collect(),
        ..RuleSpec::default()
    }
}
