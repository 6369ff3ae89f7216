//! The rule language as a tree: what an expression says, before its terms are compiled. Prints itself back.

use std::{fmt, ops::Range};

/// Where a part stands in the source, in bytes. Two parts that say the same are equal wherever they stand.
#[derive(Debug, Clone, Default)]
pub struct Span(pub Range<usize>);

impl PartialEq for Span {
    fn eq(&self, _: &Span) -> bool {
        true
    }
}

/// How loosely a term matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// Folded, and inflected in its language.
    Bare,
    /// `="…"`: folded, this form only.
    Exact,
    /// `=="…"`: this form, letter by letter.
    Literal,
    /// `word*`.
    OpenEnd,
    /// `*word`.
    OpenStart,
    /// `~word`: one typo.
    Typo,
    /// `/…/` with its flags.
    Regex(Flags),
    /// `@name`.
    Concept,
}

/// Flags of a regular expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Flags {
    /// `i`: case does not count.
    pub i: bool,
    /// `s`: a dot matches line ends.
    pub s: bool,
    /// `m`: `^` and `$` match at line ends.
    pub m: bool,
}

/// One alternative of a group.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    /// How loosely it matches.
    pub form: Form,
    /// Without quotes and operators.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

/// `term | term`: one of them must hit.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// At least one.
    pub terms: Vec<Term>,
    /// Where it stands.
    pub span: Span,
}

/// Where a clause looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    /// A field of the article.
    Field(super::Field),
    /// The id of its feed.
    Feed,
    /// A tag of its feed.
    Tag,
    /// Its language.
    Lang,
}

impl Place {
    /// Every place by its name.
    pub const NAMES: [(&str, Place); 8] = [
        ("title", Place::Field(super::Field::Title)),
        ("text", Place::Field(super::Field::Text)),
        ("url", Place::Field(super::Field::Url)),
        ("author", Place::Field(super::Field::Author)),
        ("category", Place::Field(super::Field::Category)),
        ("feed", Place::Feed),
        ("tag", Place::Tag),
        ("lang", Place::Lang),
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        Place::NAMES.iter().find(|(_, place)| *place == self).map_or("", |(name, _)| name)
    }
}

/// How far apart the groups of a window may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reach {
    /// `NEAR(n, …)`: at most `n` words from the first to the last, in any order.
    Near(u32),
    /// `SEQ(n, …)`: the same, one after the other.
    Seq(u32),
    /// `SENT(…)`: within one sentence.
    Sentence,
}

/// What a comparison measures.
#[derive(Debug, Clone, PartialEq)]
pub enum Quantity {
    /// How old the article was when it was first seen, in milliseconds.
    Age,
    /// When it was published, Unix milliseconds.
    Published,
    /// When it was first seen, Unix milliseconds.
    Seen,
    /// The largest number that stands beside a hit of the group.
    Count(Group),
}

/// A comparison's sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `=`
    Equal,
    /// `>=`
    AtLeast,
    /// `>`
    More,
}

impl Sign {
    /// Every sign as it is written, the longer ones first.
    pub const WRITTEN: [(&str, Sign); 5] =
        [("<=", Sign::AtMost), (">=", Sign::AtLeast), ("<", Sign::Less), (">", Sign::More), ("=", Sign::Equal)];
}

/// A comparison such as `age<2h`.
#[derive(Debug, Clone, PartialEq)]
pub struct Compare {
    /// What is measured.
    pub quantity: Quantity,
    /// How it must stand to the value.
    pub sign: Sign,
    /// The value: milliseconds, or a plain number.
    pub value: i64,
    /// Milliseconds from `value` to the end of what was written: a day for a date. Equality and order mean the whole of it.
    pub width: i64,
    /// The value as written.
    pub written: String,
    /// Where it stands.
    pub span: Span,
}

impl Compare {
    /// The first and the last value that it takes.
    pub fn range(&self) -> (i64, i64) {
        let last = self.value.saturating_add(self.width - 1);
        match self.sign {
            Sign::Less => (i64::MIN, self.value.saturating_sub(1)),
            Sign::AtMost => (i64::MIN, last),
            Sign::Equal => (self.value, last),
            Sign::AtLeast => (self.value, i64::MAX),
            Sign::More => (last.saturating_add(1), i64::MAX),
        }
    }

    /// Whether what was measured stands as it wants.
    pub fn takes(&self, found: i64) -> bool {
        let (from, to) = self.range();
        (from..=to).contains(&found)
    }

    /// Whether no value is one that both take; of one quantity.
    pub fn excludes(&self, other: &Compare) -> bool {
        let ((from, to), (other_from, other_to)) = (self.range(), other.range());
        from.max(other_from) > to.min(other_to)
    }
}

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    /// All of them; at least two.
    And(Vec<Expr>),
    /// One of them; at least two.
    Or(Vec<Expr>),
    /// Not this.
    Not(Box<Expr>),
    /// One of these terms.
    Group(Group),
    /// All groups within reach of each other.
    Window {
        /// How far apart.
        reach: Reach,
        /// At least two.
        groups: Vec<Group>,
        /// Where it stands.
        span: Span,
    },
    /// `atleast(n, …)`.
    AtLeast {
        /// How many must hold.
        n: u32,
        /// Of these.
        of: Vec<Expr>,
        /// Where it stands.
        span: Span,
    },
    /// `field:…`.
    In {
        /// Where to look.
        place: Place,
        /// For what.
        of: Box<Expr>,
    },
    /// `age<2h` and the like.
    Compare(Compare),
}

impl Expr {
    /// Visits every group with the place that it looks in, `None` for the rule's own fields.
    pub fn each_group<'e>(&'e self, visit: &mut dyn FnMut(Option<Place>, &'e Group)) {
        self.groups_in(None, visit);
    }

    fn groups_in<'e>(&'e self, place: Option<Place>, visit: &mut dyn FnMut(Option<Place>, &'e Group)) {
        match self {
            Expr::And(of) | Expr::Or(of) | Expr::AtLeast { of, .. } => of.iter().for_each(|expr| expr.groups_in(place, visit)),
            Expr::Not(of) => of.groups_in(place, visit),
            Expr::Group(group) => visit(place, group),
            Expr::Window { groups, .. } => groups.iter().for_each(|group| visit(place, group)),
            Expr::In { place, of } => of.groups_in(Some(*place), visit),
            Expr::Compare(compare) => {
                if let Quantity::Count(group) = &compare.quantity {
                    visit(place, group);
                }
            }
        }
    }
}

impl fmt::Display for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        [(self.i, "i"), (self.s, "s"), (self.m, "m")].iter().filter(|(set, _)| *set).try_for_each(|(_, flag)| f.write_str(flag))
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = &self.text;
        match self.form {
            Form::Bare if super::syntax::is_word(text) => f.write_str(text),
            Form::Bare => write!(f, "\"{text}\""),
            Form::Exact => write!(f, "=\"{text}\""),
            Form::Literal => write!(f, "==\"{text}\""),
            Form::OpenEnd => write!(f, "{text}*"),
            Form::OpenStart => write!(f, "*{text}"),
            Form::Typo => write!(f, "~{text}"),
            Form::Regex(flags) => write!(f, "/{}/{flags}", text.replace('/', "\\/")),
            Form::Concept => write!(f, "@{text}"),
        }
    }
}

/// Writes `parts` with `between` between them.
fn joined<T: fmt::Display>(f: &mut fmt::Formatter<'_>, parts: &[T], between: &str) -> fmt::Result {
    for (i, part) in parts.iter().enumerate() {
        if i > 0 {
            f.write_str(between)?;
        }
        part.fmt(f)?;
    }
    Ok(())
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        joined(f, &self.terms, " | ")
    }
}

impl fmt::Display for Compare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.quantity {
            Quantity::Age => f.write_str("age")?,
            Quantity::Published => f.write_str("published")?,
            Quantity::Seen => f.write_str("seen")?,
            Quantity::Count(group) => write!(f, "count({group})")?,
        }
        let sign = Sign::WRITTEN.iter().find(|(_, sign)| *sign == self.sign).map_or("", |(written, _)| written);
        write!(f, "{sign}{}", self.written)
    }
}

/// An expression as an operand: in parentheses where its own operator binds less than what stands round it.
struct Operand<'e>(&'e Expr);

impl fmt::Display for Operand<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Expr::And(_) | Expr::Or(_) | Expr::Not(_) => write!(f, "({})", self.0),
            other => other.fmt(f),
        }
    }
}

impl fmt::Display for Expr {
    /// With every implied AND written out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Expr::And(of) => {
                let operands: Vec<Conjunct<'_>> = of.iter().map(Conjunct).collect();
                joined(f, &operands, " AND ")
            }
            Expr::Or(of) => {
                let operands: Vec<Disjunct<'_>> = of.iter().map(Disjunct).collect();
                joined(f, &operands, " OR ")
            }
            Expr::Not(of) => write!(f, "NOT {}", Operand(of)),
            Expr::Group(group) => group.fmt(f),
            Expr::Window { reach, groups, .. } => {
                match reach {
                    Reach::Near(n) => write!(f, "NEAR({n}, ")?,
                    Reach::Seq(n) => write!(f, "SEQ({n}, ")?,
                    Reach::Sentence => f.write_str("SENT(")?,
                }
                joined(f, groups, ", ")?;
                f.write_str(")")
            }
            Expr::AtLeast { n, of, .. } => {
                write!(f, "atleast({n}, ")?;
                joined(f, of, ", ")?;
                f.write_str(")")
            }
            Expr::In { place, of } => match &**of {
                Expr::Group(group) => write!(f, "{}:{group}", place.name()),
                other => write!(f, "{}:({other})", place.name()),
            },
            Expr::Compare(compare) => compare.fmt(f),
        }
    }
}

/// An operand of AND: only AND and OR need parentheses.
struct Conjunct<'e>(&'e Expr);

impl fmt::Display for Conjunct<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Expr::And(_) | Expr::Or(_) => write!(f, "({})", self.0),
            other => other.fmt(f),
        }
    }
}

/// An operand of OR: only OR needs parentheses.
struct Disjunct<'e>(&'e Expr);

impl fmt::Display for Disjunct<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Expr::Or(_) => write!(f, "({})", self.0),
            other => other.fmt(f),
        }
    }
}
