use super::*;
use crate::engine::rule::expr::{Compare, Flags, Form, Quantity, Sign};
use proptest::prelude::*;

/// How an expression is read, printed back with every implied AND.
fn read(text: &str) -> String {
    match parse(text) {
        Ok((expr, _)) => expr.to_string(),
        Err(error) => format!("{:?}: {}", &text[error.span.clone()], error.message),
    }
}

#[test]
fn and_binds_tighter_than_or_and_a_blank_means_and() {
    assert_eq!(read("a b OR c AND d"), "a AND b OR c AND d");
    assert_eq!(read("(a OR b) c"), "(a OR b) AND c");
    assert_eq!(read("a | b c"), "a | b AND c");
    assert_eq!(read("a -b NOT c"), "a AND NOT b AND NOT c");
    assert_eq!(read("NOT (a b)"), "NOT (a AND b)");
    assert_eq!(read("a-b"), "a-b");
}

#[test]
fn every_form_of_a_term_is_read() {
    assert_eq!(
        read(r#"="Idlib" ==US IDP* *abad ~ceasefire @idlib "a b" /x\/y/is"#),
        r#"="Idlib" AND =="US" AND IDP* AND *abad AND ~ceasefire AND @idlib AND "a b" AND /x\/y/is"#
    );
    assert_eq!(read("12:30 http://a.b/c"), "12:30 AND http://a.b/c");
    assert_eq!(read("«إدلب» и не and"), "«إدلب» AND и AND не AND and");
}

#[test]
fn fields_calls_and_comparisons_are_read() {
    assert_eq!(read(r#"title:/^\s*(opinion|رأي)\b/i"#), r#"title:/^\s*(opinion|رأي)\b/i"#);
    assert_eq!(read("title:(a OR b) c"), "title:(a OR b) AND c");
    assert_eq!(read("title:a|b"), "title:a | b");
    assert_eq!(read("NEAR(8, @displacement, famil* | عائلة | aile)"), "NEAR(8, @displacement, famil* | عائلة | aile)");
    assert_eq!(read("SEQ(3,a,b) SENT(a, b, c)"), "SEQ(3, a, b) AND SENT(a, b, c)");
    assert_eq!(read("atleast(2, shelling, a b, قصف)"), "atleast(2, shelling, a AND b, قصف)");
    assert_eq!(
        read("age<2h published>=2026-05-01 count(displaced | نازح)>=500"),
        "age<2h AND published>=2026-05-01 AND count(displaced | نازح)>=500"
    );
    assert_eq!(read("lang:ar feed:sana tag:syria"), "lang:ar AND feed:sana AND tag:syria");
}

#[test]
fn what_cannot_be_read_is_named_with_its_place() {
    for (text, place, part) in [
        ("", "", "empty"),
        ("a AND", "D", "ends where a term should stand"),
        ("OR a", "OR", "nothing stands before `OR`"),
        ("(a", "(", "never closed"),
        ("a)", ")", "no `(` opens"),
        ("()", "()", "empty parentheses"),
        ("\"a", "\"", "not closed"),
        ("/a", "/", "not closed"),
        ("/a/x", "x", "unknown flag"),
        ("a*b", "a*b", "neither first nor last"),
        ("*a*", "*a*", "both ends"),
        ("~kurz", "~kurz", "fewer than 6"),
        ("@", "@", "no name"),
        ("…", "…", "no letter"),
        ("a || b", "||", "no operator"),
        ("near(3, a, b)", "near", "unknown call"),
        ("NEAR(0, a, b)", "0", "number from 1"),
        ("NEAR(a, b)", "a", "begins with a number"),
        ("NEAR(3, a)", "3, a)", "at least two"),
        ("NEAR(3, a AND b, c)", "AN", "terms, groups and concepts only"),
        ("NEAR(3, a b, c)", "b,", "a comma or `)`"),
        ("NEAR(3, (a), c)", "(", "terms, groups and concepts only"),
        ("atleast(3, a, b)", "atleast(3, a, b)", "can never hold"),
        ("size<3", "size", "cannot be compared"),
        ("age<soon", "soon", "no value"),
        ("published>=2026-13-01", "2026-13-01", "no value"),
        ("count(a)", "count(a)", "compared with nothing"),
        ("a, b", ",", "outside a call"),
        ("NEAR(3, title:a, b)", "title:a", "cannot stand here"),
        ("a | title:b", "title:b", "cannot stand here"),
        ("count(a)<0", "count(a)<0", "less than 0"),
        ("al-*", "al-*", "neither first nor last"),
    ] {
        match parse(text) {
            Ok((expr, _)) => panic!("{text} was read as {expr}"),
            Err(error) => {
                assert!(error.message.contains(part), "{text}: {}", error.message);
                assert!(error.hint.is_some(), "{text}");
                if text != "NEAR(3, a)" {
                    assert_eq!(&text[error.span.clone()], place, "{text}");
                }
            }
        }
    }
}

#[test]
fn nesting_without_end_is_refused_and_does_not_overflow() {
    for text in ["(".repeat(30_000), "NOT ".repeat(15_000), "-(".repeat(20_000), "atleast(1, ".repeat(5000), "(a ".repeat(20_000)] {
        assert!(parse(&text).is_err());
    }
}

#[test]
fn two_bare_words_are_hinted_at_as_a_phrase() {
    let notes = |text| parse(text).unwrap().1.into_iter().map(|note| note.message).collect::<Vec<_>>();
    assert!(notes("world cup")[0].contains("\"world cup\""));
    assert!(notes("war and peace")[0].contains("upper case"));
    for quiet in ["\"world cup\"", "a AND b", "a -b", "@idlib truce", "a | b"] {
        assert!(notes(quiet).is_empty(), "{quiet}");
    }
}

#[test]
fn in_a_list_several_words_are_a_phrase() {
    let read = |text: &str| parse_list(text).map(|(expr, _)| expr.to_string()).unwrap_or_else(|e| e.message);
    assert_eq!(read("وقف إطلاق النار | truce"), "\"وقف إطلاق النار\" | truce");
    assert_eq!(read("title: Idlib | @idlib"), "title:Idlib | @idlib");
    assert_eq!(read("=Idlib | ==\"US\" | IDP* | /a|b/i | ~ceasefire"), "=\"Idlib\" | ==\"US\" | IDP* | /a|b/i | ~ceasefire");
    assert_eq!(read("\"a | b\""), "\"a | b\"");
    for bad in ["", "a |", "@", "@two words", "~word", "\"open", "a*b", "* *", "…", "a b* c", "/x", "\"a\" b"] {
        assert!(parse_list(bad).unwrap_err().hint.is_some(), "{bad}");
    }
    for operators in ["a AND b", "NEAR(5, a, b)", "(a b)"] {
        assert_eq!(parse_list(operators).unwrap().1.len(), 1, "{operators}");
    }
}

fn term() -> impl Strategy<Value = Term> {
    let word = "[a-zа-яء-ي]{1,8}";
    let make = |form, text| Term { form, text, span: Span::default() };
    prop_oneof![
        4 => word.prop_map(move |text| make(Form::Bare, text)),
        1 => "[a-z]{1,4} [a-z]{1,4}|AND|OR|NOT|a, b|title:x|NEAR\\(x|a\\*|-x|@y|12:30|1,5|=z".prop_map(move |text| make(Form::Bare, text)),
        1 => "[a-z]{1,4}( [a-z]{1,4})?".prop_map(move |text| make(Form::Exact, text)),
        1 => "[A-Z]{1,4}( [a-z|)]{1,4})?".prop_map(move |text| make(Form::Literal, text)),
        1 => word.prop_map(move |text| make(Form::OpenEnd, text)),
        1 => word.prop_map(move |text| make(Form::OpenStart, text)),
        1 => "[a-zа-я]{6,9}".prop_map(move |text| make(Form::Typo, text)),
        1 => ("[a-z/|()^]{1,6}", any::<[bool; 3]>()).prop_map(move |(text, [i, s, m])| make(Form::Regex(Flags { i, s, m }), text)),
        1 => "[a-z_-]{0,6}[a-z]".prop_map(move |text| make(Form::Concept, text)),
    ]
}

fn group() -> impl Strategy<Value = Group> {
    proptest::collection::vec(term(), 1..3).prop_map(|terms| Group { terms, span: Span::default() })
}

fn compare_expr() -> impl Strategy<Value = Compare> {
    let sign = prop_oneof![Just(Sign::Less), Just(Sign::AtMost), Just(Sign::Equal), Just(Sign::AtLeast), Just(Sign::More)];
    prop_oneof![
        (sign.clone(), 0..100_i64).prop_map(|(sign, n)| (Quantity::Age, sign, n * 3_600_000, format!("{n}h"), 1)),
        // From 1: that nothing counts less than 0 is refused.
        (sign, 1..100_i64, group()).prop_map(|(sign, n, group)| (Quantity::Count(group), sign, n, n.to_string(), 1)),
    ]
    .prop_map(|(quantity, sign, value, written, width)| Compare { quantity, sign, value, width, written, span: Span::default() })
}

/// Flattens what printing cannot tell apart: AND within AND, OR within OR.
pub(super) fn expr() -> impl Strategy<Value = Expr> {
    let window = (
        prop_oneof![(1..9_u32).prop_map(Reach::Near), (1..9_u32).prop_map(Reach::Seq), Just(Reach::Sentence)],
        proptest::collection::vec(group(), 2..4),
    )
        .prop_map(|(reach, groups)| Expr::Window { reach, groups, span: Span::default() });
    let leaf = prop_oneof![4 => group().prop_map(Expr::Group), 1 => window, 1 => compare_expr().prop_map(Expr::Compare)];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let many = |least| proptest::collection::vec(inner.clone(), least..4);
        let place = proptest::sample::select(Place::NAMES.to_vec());
        prop_oneof![
            many(2).prop_map(Expr::And),
            many(2).prop_map(Expr::Or),
            inner.clone().prop_map(|of| Expr::Not(Box::new(of))),
            many(1).prop_map(|of| Expr::AtLeast { n: 1, of, span: Span::default() }),
            (place, inner.clone()).prop_map(|((_, place), of)| Expr::In { place, of: Box::new(of) }),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_printed_is_read_back_as_it_was(expr in expr()) {
        let printed = expr.to_string();
        let (again, _) = parse(&printed).map_err(|e| TestCaseError::fail(format!("{printed}: {e:?}")))?;
        prop_assert_eq!(again, expr, "{}", printed);
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "[a-zء-ي ()|,\"/=~@*<>:AND OR-]{0,40}") {
        for result in [parse(&text), parse_list(&text)] {
            if let Err(error) = result {
                prop_assert!(text.is_char_boundary(error.span.start) && text.is_char_boundary(error.span.end) && error.span.start <= error.span.end, "{:?}", error);
            }
        }
    }
}
