//! The parser of rules: what it reads it prints, and reads the same again; what it takes the grammar of the page on rules has;
//! where it complains is inside the text. The grammar is told here a second time, over what is left between the terms.

use crate::support::oracle::words::LEXICON;
use marsad::engine::rule::{
    Clause, Field, RuleSpec, compile,
    expr::{Compare, Expr, Form, Group, Place, Quantity, Reach, Term},
    syntax::{MAX_BYTES, Note, SyntaxError, parse, parse_list},
};
use std::ops::Range;

/// Levels of nesting that the page allows.
const MAX_DEPTH: usize = 64;

/// Bytes as an expression, and as a string of a list.
pub fn check(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match parse(&text) {
        Ok((expr, notes)) => {
            assert!(text.len() <= MAX_BYTES);
            grammar(&text, &expr);
            printed(&expr);
            notes.iter().for_each(|note| noted(&text, note));
        }
        Err(error) => complaint(&text, &error),
    }
    match parse_list(&text) {
        Ok((expr, notes)) => {
            expr.each_group(&mut |_, group| group.terms.iter().for_each(term));
            assert!(matches!(&expr, Expr::Group(_)) || matches!(&expr, Expr::In { of, .. } if matches!(**of, Expr::Group(_))), "{expr}");
            printed(&expr);
            notes.iter().for_each(|note| noted(&text, note));
        }
        Err(error) => complaint(&text, &error),
    }
    // Compiling costs more than reading.
    if text.len() < 300 && data.len().is_multiple_of(4) {
        compiled(&text);
    }
}

fn inside(text: &str, span: &Range<usize>) {
    assert!(text.get(span.clone()).is_some(), "{span:?} is no part of {text:?}");
}

fn complaint(text: &str, error: &SyntaxError) {
    inside(text, &error.span);
    assert!(!error.message.is_empty() && error.hint.as_deref() != Some(""), "{error:?}");
}

fn noted(text: &str, note: &Note) {
    inside(text, &note.span);
    assert!(!note.message.is_empty() && !note.span.is_empty(), "{note:?}");
}

/// What is printed is read as the same, and printed the same.
fn printed(expr: &Expr) {
    let shown = expr.to_string();
    if shown.len() > MAX_BYTES {
        return;
    }
    let again = parse(&shown).unwrap_or_else(|error| panic!("{shown:?} is not read again: {error:?}")).0;
    assert_eq!(&again, expr, "by way of {shown:?}");
    assert_eq!(again.to_string(), shown);
}

/// Problems of a rule stand inside its strings.
fn compiled(text: &str) {
    let rules = [
        RuleSpec { id: "w".into(), when: Some(text.into()), ..RuleSpec::default() },
        RuleSpec { id: "l".into(), any: vec![text.into()], fields: vec![Field::Title], ..RuleSpec::default() },
    ];
    for error in compile(&rules, &LEXICON).err().into_iter().flatten() {
        inside(text, &error.span);
        assert!(error.place.is_none_or(|(clause, index)| index == 0 && matches!(clause, Clause::When | Clause::Any)), "{error:?}");
    }
}

/// What each form of a term may hold.
fn term(term: &Term) {
    let text = &term.text;
    let letters = |text: &str| text.chars().any(char::is_alphanumeric);
    let sound = match term.form {
        Form::Regex(_) => !text.is_empty(),
        Form::Typo => text.chars().count() >= 6 && text.chars().all(char::is_alphabetic),
        Form::Concept => letters(text) && text.chars().all(|c| c.is_alphanumeric() || "-_".contains(c)),
        Form::OpenEnd | Form::OpenStart => letters(text) && !text.contains(|c: char| c.is_whitespace() || "*()|,<>=\"".contains(c)),
        Form::Bare | Form::Exact | Form::Literal => letters(text) && !text.contains('"'),
    };
    assert!(sound, "{term:?}");
}

/// The text is what the grammar has, and means what the tree says.
fn grammar(text: &str, expr: &Expr) {
    let mut leaves = Vec::new();
    collect(expr, &mut leaves);
    expr.each_group(&mut |_, group| {
        group.terms.iter().for_each(|found| {
            term(found);
            let written = &text[found.span.0.clone()];
            // A word that is an operator, or that holds a blank or one of these signs, stands in quotes.
            let signs = |c: char| c.is_whitespace() || "()|,<>=\"".contains(c);
            let quoted = written.starts_with('"') || found.form != Form::Bare;
            assert!(
                quoted || !["AND", "OR", "NOT"].contains(&written) && !written.contains(signs),
                "{written:?} is a bare word of {text:?}"
            );
        });
    });
    leaves.sort_by_key(|leaf| leaf.start);
    let tokens = tokens(text, &leaves);
    let mut reader = Reader { tokens: &tokens, at: 0, depth: 0 };
    let read = reader.or();
    assert_eq!(reader.at, tokens.len(), "{:?} is left of {text:?}", &tokens[reader.at..]);
    assert_eq!(read, tree(expr), "{text:?}");
}

/// Terms and comparisons, in no order.
fn collect(expr: &Expr, leaves: &mut Vec<Range<usize>>) {
    let mut group = |group: &Group| leaves.extend(group.terms.iter().map(|term| term.span.0.clone()));
    match expr {
        Expr::And(of) | Expr::Or(of) | Expr::AtLeast { of, .. } => of.iter().for_each(|expr| collect(expr, leaves)),
        Expr::Not(of) | Expr::In { of, .. } => collect(of, leaves),
        Expr::Group(terms) => group(terms),
        Expr::Window { groups, .. } => groups.iter().for_each(group),
        Expr::Compare(compare) => {
            compared(compare);
            leaves.push(compare.span.0.clone());
        }
    }
}

fn compared(compare: &Compare) {
    let day = compare.written.len() == 10 && compare.width == 86_400_000;
    match compare.quantity {
        Quantity::Published | Quantity::Seen => assert!(compare.width == 1 || day, "{compare:?}"),
        Quantity::Age => assert!(compare.width == 1 && compare.value >= 0 && compare.written.ends_with(['s', 'm', 'n', 'h', 'd', 'w'])),
        Quantity::Count(_) => assert!(compare.width == 1 && compare.value >= 0 && compare.written.parse() == Ok(compare.value)),
    }
}

/// The tree by its shape: every leaf is `x`.
fn tree(expr: &Expr) -> String {
    let all = |of: &[Expr], between: &str| of.iter().map(tree).collect::<Vec<_>>().join(between);
    let group = |group: &Group| vec!["x"; group.terms.len()].join("|");
    match expr {
        Expr::And(of) => format!("({})", all(of, "&")),
        Expr::Or(of) => format!("({})", all(of, "+")),
        Expr::Not(of) => format!("!{}", tree(of)),
        Expr::Group(terms) => group(terms),
        Expr::Window { reach, groups, .. } => {
            let name = match reach {
                Reach::Near(n) => format!("NEAR{n}"),
                Reach::Seq(n) => format!("SEQ{n}"),
                Reach::Sentence => "SENT".to_owned(),
            };
            format!("{name}[{}]", groups.iter().map(group).collect::<Vec<_>>().join(","))
        }
        Expr::AtLeast { n, of, .. } => format!("atleast{n}[{}]", all(of, ",")),
        Expr::In { place, of } => format!("{}:{}", place.name(), tree(of)),
        Expr::Compare(_) => "x".to_owned(),
    }
}

/// What stands between the leaves.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Token<'t> {
    Leaf,
    Sign(char),
    Word(&'t str),
    Number(u32),
    /// A field and its colon.
    Field(&'t str),
}

fn tokens<'t>(text: &'t str, leaves: &[Range<usize>]) -> Vec<Token<'t>> {
    let (mut tokens, mut at, mut leaves) = (Vec::new(), 0, leaves.iter().peekable());
    while at < text.len() {
        if let Some(leaf) = leaves.next_if(|leaf| leaf.start <= at) {
            assert!(leaf.start == at && leaf.end > at, "{leaf:?} overlaps another in {text:?}");
            tokens.push(Token::Leaf);
            at = leaf.end;
            continue;
        }
        let rest = &text[at..];
        let c = rest.chars().next().unwrap_or(' ');
        let piece = |is: fn(char) -> bool| rest.split(|c| !is(c)).next().unwrap_or("");
        at += if c.is_ascii_alphabetic() {
            let word = piece(|c| c.is_ascii_alphabetic());
            let field = rest[word.len()..].starts_with(':');
            tokens.push(if field { Token::Field(word) } else { Token::Word(word) });
            word.len() + usize::from(field)
        } else if c.is_ascii_digit() {
            let digits = piece(|c| c.is_ascii_digit());
            tokens.push(Token::Number(digits.parse().unwrap_or_else(|error| panic!("{digits}: {error}"))));
            digits.len()
        } else {
            if !c.is_whitespace() {
                tokens.push(Token::Sign(c));
            }
            c.len_utf8()
        };
    }
    assert!(leaves.next().is_none(), "a leaf outside of {text:?}");
    tokens
}

/// The grammar, one function a line of it; what does not fit panics.
struct Reader<'t> {
    tokens: &'t [Token<'t>],
    at: usize,
    depth: usize,
}

impl Reader<'_> {
    fn eat(&mut self, token: Token<'_>) -> bool {
        let there = self.tokens.get(self.at) == Some(&token);
        self.at += usize::from(there);
        there
    }

    fn must(&mut self, token: Token<'_>) {
        assert!(self.eat(token), "no {token:?} at {} of {:?}", self.at, self.tokens);
    }

    fn deeper(&mut self) {
        self.depth += 1;
        assert!(self.depth <= MAX_DEPTH, "deeper than {MAX_DEPTH}");
    }

    fn or(&mut self) -> String {
        self.deeper();
        let mut parts = vec![self.and()];
        while self.eat(Token::Word("OR")) {
            parts.push(self.and());
        }
        self.depth -= 1;
        if parts.len() == 1 { parts.remove(0) } else { format!("({})", parts.join("+")) }
    }

    fn and(&mut self) -> String {
        let mut parts = vec![self.unary()];
        loop {
            let ends = matches!(self.tokens.get(self.at), None | Some(Token::Sign(')' | ',' | '|') | Token::Word("OR")));
            if !self.eat(Token::Word("AND")) && ends {
                return if parts.len() == 1 { parts.remove(0) } else { format!("({})", parts.join("&")) };
            }
            parts.push(self.unary());
        }
    }

    fn unary(&mut self) -> String {
        if !self.eat(Token::Word("NOT")) && !self.eat(Token::Sign('-')) {
            return self.atom();
        }
        self.deeper();
        let of = self.unary();
        self.depth -= 1;
        format!("!{of}")
    }

    fn atom(&mut self) -> String {
        match self.tokens.get(self.at) {
            Some(Token::Sign('(')) => {
                self.at += 1;
                let inner = self.or();
                self.must(Token::Sign(')'));
                inner
            }
            Some(Token::Field(name)) => {
                self.at += 1;
                assert!(Place::NAMES.iter().any(|(known, _)| known == name), "{name} is no field");
                let parenthesis = self.tokens.get(self.at) == Some(&Token::Sign('('));
                format!("{name}:{}", if parenthesis { self.atom() } else { self.group() })
            }
            Some(Token::Word(name)) => {
                self.at += 1;
                self.must(Token::Sign('('));
                let call = self.call(name);
                self.must(Token::Sign(')'));
                call
            }
            _ => self.group(),
        }
    }

    fn call(&mut self, name: &str) -> String {
        let mut n = String::new();
        if name != "SENT" {
            let Some(Token::Number(number)) = self.tokens.get(self.at).copied() else { panic!("no number in {name}") };
            assert!(number >= 1 && (name == "atleast" || number <= 10_000), "{name}({number}");
            self.at += 1;
            self.must(Token::Sign(','));
            n = number.to_string();
        }
        let part = |reader: &mut Self| if name == "atleast" { reader.or() } else { reader.group() };
        let mut parts = vec![part(self)];
        while self.eat(Token::Sign(',')) {
            parts.push(part(self));
        }
        match name {
            "NEAR" | "SEQ" | "SENT" => assert!(parts.len() >= 2, "{name} of one"),
            "atleast" => assert!(n.parse::<usize>().is_ok_and(|n| n <= parts.len()), "atleast {n} of {}", parts.len()),
            _ => panic!("{name} is no call"),
        }
        format!("{name}{n}[{}]", parts.join(","))
    }

    fn group(&mut self) -> String {
        self.must(Token::Leaf);
        let mut group = "x".to_owned();
        while self.eat(Token::Sign('|')) {
            self.must(Token::Leaf);
            group.push_str("|x");
        }
        group
    }
}
