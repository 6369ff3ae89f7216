//! Random rules and random articles over the vocabulary of the oracle.

use crate::support::oracle::words::{ATTRIBUTES, BETWEEN, NUMBERS, Piece, SEEN_MS, SIGNED, TERMS, WRITTEN};
use marsad::engine::rule::{FeedScope, Field, Near, RuleSpec};
use proptest::{
    collection::vec,
    option,
    prelude::*,
    sample::{select, subsequence},
};

/// Regular expressions that a word of latin letters cannot match.
const TELLING: &[&str] = &["/نار/", "/идлиб/i", "/停火?/", "/[0-9]{3}/"];

/// A text of at most so many words.
pub fn text(words: usize) -> impl Strategy<Value = String> {
    vec((select(WRITTEN), select(BETWEEN), prop_oneof![9 => Just(None), 1 => select(NUMBERS).prop_map(Some)]), 0..=words).prop_map(
        |words| {
            words
                .into_iter()
                .map(|(word, between, number)| word.to_owned() + between + &number.map_or(String::new(), |n| format!(" {n} ")))
                .collect()
        },
    )
}

pub fn piece() -> impl Strategy<Value = Piece> {
    let published = option::of((0..4_i64).prop_map(|hours| SEEN_MS - hours * 3_600_000 * 9));
    let about = (select(&["enab", "trt"][..]), subsequence(vec!["syria".to_owned(), "war".to_owned()], 0..=2));
    let language = option::of(select(&["ar", "ar-SY", "tr", "ru", "fa"][..]));
    (text(6), text(24), text(2), text(3), about, language, published).prop_map(
        |(title, text, author, categories, (feed, tags), language, published_ms)| Piece {
            title,
            text,
            author,
            categories,
            feed,
            tags,
            language,
            published_ms,
        },
    )
}

/// Which rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Anything that the language has.
    Any,
    /// What holds because of words that are there, and of nothing else.
    Monotone,
}

fn quoted() -> impl Strategy<Value = String> {
    vec(prop_oneof![3 => select(TERMS), 1 => select(WRITTEN)], 1..4).prop_map(|words| words.join(" ").replace('"', "״"))
}

fn term(kind: Kind) -> impl Strategy<Value = String> {
    let signed = SIGNED.iter().copied().filter(|term| kind == Kind::Any || !term.starts_with('/'));
    let signed: Vec<&str> = if kind == Kind::Any { signed.collect() } else { signed.chain(TELLING.iter().copied()).collect() };
    prop_oneof![
        8 => select(TERMS).prop_map(str::to_owned),
        4 => quoted().prop_map(|words| format!("\"{words}\"")),
        1 => quoted().prop_map(|words| format!("=\"{words}\"")),
        1 => select(WRITTEN).prop_map(|word| format!("==\"{}\"", word.replace('"', "״"))),
        4 => select(signed).prop_map(str::to_owned),
    ]
}

fn group(kind: Kind) -> impl Strategy<Value = String> {
    vec(term(kind), 1..4).prop_map(|terms| terms.join(" | "))
}

fn window(kind: Kind) -> impl Strategy<Value = String> {
    let call = prop_oneof![
        (0..12).prop_map(|n| format!("NEAR({}, ", n + 1)),
        (0..12).prop_map(|n| format!("SEQ({}, ", n + 1)),
        Just("SENT(".to_owned())
    ];
    (call, vec(group(kind), 2..4)).prop_map(|(call, groups)| format!("{call}{})", groups.join(", ")))
}

fn attribute() -> impl Strategy<Value = String> {
    select(ATTRIBUTES).prop_map(str::to_owned)
}

fn leaf(kind: Kind) -> BoxedStrategy<String> {
    // The address of all articles is one, so what hits in it always hits.
    let field = select(if kind == Kind::Any {
        &["title", "text", "author", "url", "category"][..]
    } else {
        &["title", "text", "author", "category"]
    });
    let counted = vec(select(&["displaced", "نزوح", "беженцы", "@truce"][..]), 1..3).prop_map(|terms| terms.join("|"));
    let sign = select(if kind == Kind::Any { &[">=", ">", "=", "<", "<="][..] } else { &[">=", ">"] });
    let count = (counted, sign, select(&[3, 7, 12, 500, 12_500][..])).prop_map(|(terms, sign, n)| format!("count({terms}){sign}{n}"));
    let of_words = prop_oneof![
        8 => group(kind),
        3 => window(kind),
        2 => (field, group(kind)).prop_map(|(field, group)| format!("{field}:{group}")),
        1 => count,
    ];
    if kind == Kind::Any { prop_oneof![9 => of_words, 1 => attribute()].boxed() } else { of_words.boxed() }
}

/// A layer B expression.
pub fn expression(kind: Kind) -> BoxedStrategy<String> {
    let nested = move |inner: BoxedStrategy<String>| {
        let list = |between: &'static str| {
            vec(inner.clone(), 2..4).prop_map(move |of| of.iter().map(|of| format!("({of})")).collect::<Vec<_>>().join(between))
        };
        let field = (select(&["title", "text"][..]), inner.clone()).prop_map(|(field, of)| format!("{field}:({of})"));
        let atleast = (1..3, vec(inner.clone(), 2..4)).prop_map(|(n, of)| format!("atleast({n}, {})", of.join(", ")));
        let monotone = prop_oneof![2 => list(" AND "), 1 => list(" "), 3 => list(" OR "), 1 => field, 1 => atleast].boxed();
        let not = prop_oneof![inner.clone().prop_map(|of| format!("NOT ({of})")), inner.prop_map(|of| format!("-({of})"))];
        if kind == Kind::Any { prop_oneof![4 => monotone, 1 => not].boxed() } else { monotone }
    };
    leaf(kind).prop_recursive(3, 10, 3, move |inner| nested(inner.boxed())).boxed()
}

/// A string of a list.
fn listed(kind: Kind) -> impl Strategy<Value = String> {
    let phrase = vec(select(TERMS), 1..3).prop_map(|words| words.join(" "));
    let alternative = prop_oneof![2 => phrase, 3 => term(kind)];
    (prop_oneof![5 => Just(""), 1 => Just("title:"), 1 => Just("text: ")], vec(alternative, 1..4))
        .prop_map(|(field, terms)| field.to_owned() + &terms.join(" | "))
}

/// A rule, of which the compiler may still refuse some.
pub fn rule(kind: Kind) -> impl Strategy<Value = RuleSpec> {
    let none = if kind == Kind::Any { 0..2 } else { 0..1 };
    let lists = (vec(listed(kind), 0..3), vec(listed(kind), 0..3), vec(listed(kind), none));
    let near = option::weighted(0.3, prop_oneof![(0..10_u32).prop_map(Near::Words), Just(Near::Sentence)]);
    let least = if kind == Kind::Any { -2 } else { 1 };
    let keys = prop_oneof![3 => Just(Vec::new()), 1 => vec((listed(kind), (least..4_i32).prop_map(f64::from)), 1..4)];
    let score = (keys, 1..5_i32, select(&[0.0, 0.5, 2.0][..]));
    let scope = (
        option::weighted(0.1, select(&["enab", "tag:syria"][..])),
        option::weighted(0.15, select(&["ar", "tr", "fa"][..])),
        subsequence(vec!["tr", "en", "fa", "ru"], 0..=2),
    );
    let fields = prop_oneof![4 => Just(Vec::new()), 1 => subsequence(Field::ALL.into_iter().filter(|field| kind == Kind::Any || *field != Field::Url).collect::<Vec<_>>(), 1..4)];
    (lists, near, score, option::of(expression(kind)), scope, fields).prop_map(
        |(lists, near, score, when, (feed, lang, feed_langs), fields)| {
            let feed = feed.map(|feed| feed.strip_prefix("tag:").map_or(FeedScope::Feed(feed.into()), |tag| FeedScope::Tag(tag.into())));
            RuleSpec {
                id: "r".into(),
                near: near.filter(|_| lists.0.len() > 1),
                all: lists.0,
                any: lists.1,
                none: lists.2,
                score: score.0,
                threshold: f64::from(score.1),
                title_factor: score.2,
                when,
                fields,
                feeds: feed.into_iter().collect(),
                langs: lang.into_iter().map(str::to_owned).collect(),
                feed_langs: feed_langs.into_iter().map(str::to_owned).collect(),
                ..RuleSpec::default()
            }
        },
    )
}
