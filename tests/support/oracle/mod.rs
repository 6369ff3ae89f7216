//! What a rule means, said a second time and as plainly as can be: each word of each field is tried against each word of each
//! term, and the tree is evaluated as the page on rules reads. Slow on purpose. Shares with the engine only what is
//! definition: the parser's tree, what a folded word is, and each language's grammar. Knows no automaton, no plan, no index.

mod count;
mod needle;
pub mod words;

use marsad::engine::{
    lang::fold::Folded,
    rule::{
        FeedScope, Field, Lexicon, Near, RuleSpec, Subject,
        expr::{Compare, Expr, Form, Group, Place, Quantity, Reach, Sign, Term},
        syntax,
    },
};
use needle::Needle;

/// Where something was found in a field: its first and its last word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spot {
    pub first: usize,
    pub last: usize,
}

/// One field of an article.
pub struct Page<'a> {
    pub original: &'a str,
    pub folded: Folded,
}

impl Page<'_> {
    /// The sentence that a word stands in, counted from 0.
    fn sentence(&self, word: usize) -> usize {
        self.folded.words.iter().take(word).filter(|word| word.stop).count()
    }
}

/// Where a term's word may take its forms from.
#[derive(Clone, Copy)]
enum Owner<'a> {
    Lexicon(&'a str),
    Rule(&'a RuleSpec),
}

/// One rule in front of one article.
pub struct Oracle<'a> {
    lexicon: &'a Lexicon,
    rule: &'a RuleSpec,
    subject: &'a Subject<'a>,
    pages: Vec<(Field, Page<'a>)>,
}

impl<'a> Oracle<'a> {
    pub fn new(lexicon: &'a Lexicon, rule: &'a RuleSpec, subject: &'a Subject<'a>) -> Oracle<'a> {
        let page = |field| (field, Page { original: subject.field(field), folded: Folded::new(subject.field(field)) });
        Oracle { lexicon, rule, subject, pages: Field::ALL.into_iter().map(page).collect() }
    }

    /// Whether the rule holds.
    pub fn holds(&self) -> bool {
        let rule = self.rule;
        let list = |written: &String| self.expr(&syntax::parse_list(written).unwrap().0, None, &self.fields());
        self.in_scope()
            && rule.all.iter().all(list)
            && (rule.any.is_empty() || rule.any.iter().any(list))
            && !rule.none.iter().any(list)
            && rule.near.is_none_or(|near| self.near(near))
            && (rule.score.is_empty() || self.score() >= rule.threshold)
            && rule.when.as_ref().is_none_or(|when| self.expr(&syntax::parse(when).unwrap().0, None, &self.fields()))
    }

    fn fields(&self) -> Vec<Field> {
        if self.rule.fields.is_empty() { vec![Field::Title, Field::Text] } else { self.rule.fields.clone() }
    }

    fn in_scope(&self) -> bool {
        let (rule, subject) = (self.rule, self.subject);
        let watches = |scope: &FeedScope| match scope {
            FeedScope::Feed(id) => id == subject.feed,
            FeedScope::Tag(tag) => subject.tags.iter().any(|known| known == tag),
        };
        (rule.feeds.is_empty() || rule.feeds.iter().any(watches))
            && (rule.langs.is_empty() || rule.langs.iter().any(|tag| self.speaks(tag)))
    }

    /// `ar` is ar-SY too, but not the other way round.
    fn speaks(&self, tag: &str) -> bool {
        let Some(language) = self.subject.language else { return false };
        let (language, tag) = (language.to_lowercase(), tag.to_lowercase());
        language == tag || language.starts_with(&format!("{tag}-")) || language.starts_with(&format!("{tag}_"))
    }

    /// A string of a list as its group, with the fields that it looks in.
    fn listed(&self, written: &str) -> (Group, Vec<Field>) {
        match syntax::parse_list(written).unwrap().0 {
            Expr::Group(group) => (group, self.fields()),
            Expr::In { place: Place::Field(field), of } => match *of {
                Expr::Group(group) => (group, vec![field]),
                other => panic!("no group: {other}"),
            },
            other => panic!("no group: {other}"),
        }
    }

    fn near(&self, near: Near) -> bool {
        let groups: Vec<_> = self.rule.all.iter().map(|written| self.listed(written)).collect();
        let reach = match near {
            Near::Words(n) => Reach::Near(n),
            Near::Sentence => Reach::Sentence,
        };
        self.window(reach, &groups.iter().map(|(group, fields)| (group, fields.as_slice())).collect::<Vec<_>>())
    }

    fn score(&self) -> f64 {
        let factor = if self.rule.title_factor > 0.0 { self.rule.title_factor } else { 1.0 };
        let mut score = 0.0;
        for (written, worth) in &self.rule.score {
            let (group, fields) = self.listed(written);
            let hits = |field: Field| !self.spots(&group, field).is_empty();
            if fields.contains(&Field::Title) && hits(Field::Title) {
                score += worth * factor;
            } else if fields.iter().any(|field| hits(*field)) {
                score += worth;
            }
        }
        score
    }

    /// `place` is the attribute that words are compared with; `None` where they are looked for in `fields`.
    fn expr(&self, expr: &Expr, place: Option<Place>, fields: &[Field]) -> bool {
        let holds = |expr: &Expr| self.expr(expr, place, fields);
        match expr {
            Expr::And(of) => of.iter().all(holds),
            Expr::Or(of) => of.iter().any(holds),
            Expr::Not(of) => !holds(of),
            Expr::AtLeast { n, of, .. } => of.iter().filter(|expr| holds(expr)).count() >= *n as usize,
            Expr::In { place: Place::Field(field), of } => self.expr(of, None, &[*field]),
            Expr::In { place, of } => self.expr(of, Some(*place), fields),
            Expr::Window { reach, groups, .. } => self.window(*reach, &groups.iter().map(|group| (group, fields)).collect::<Vec<_>>()),
            Expr::Group(group) => match place {
                Some(place) => group.terms.iter().any(|term| self.attribute(place, term)),
                None => fields.iter().any(|field| !self.spots(group, *field).is_empty()),
            },
            Expr::Compare(compare) => self.compare(compare, fields),
        }
    }

    /// Tries every choice of one hit of each group, in each field by itself.
    fn window(&self, reach: Reach, groups: &[(&Group, &[Field])]) -> bool {
        self.pages.iter().any(|(field, page)| {
            let spots = |(group, fields): &(&Group, &[Field])| {
                if fields.contains(field) { self.spots(group, *field) } else { Vec::new() }
            };
            some_choice(&groups.iter().map(spots).collect::<Vec<_>>(), &mut Vec::new(), &|chosen| within(reach, page, chosen))
        })
    }

    fn attribute(&self, place: Place, term: &Term) -> bool {
        let wanted = term.text.to_lowercase();
        let is = |value: &str| match term.form {
            Form::Regex(flags) => needle::regex(&term.text, flags).is_match(value),
            Form::OpenEnd => value.to_lowercase().starts_with(&wanted),
            _ => value.to_lowercase() == wanted,
        };
        match place {
            Place::Feed => is(self.subject.feed),
            Place::Tag => self.subject.tags.iter().any(|tag| is(tag)),
            Place::Lang if matches!(term.form, Form::Regex(_) | Form::OpenEnd) => self.subject.language.is_some_and(is),
            Place::Lang => self.speaks(&wanted),
            Place::Field(field) => panic!("{field:?} is no attribute"),
        }
    }

    fn compare(&self, compare: &Compare, fields: &[Field]) -> bool {
        let (seen, published) = (self.subject.seen_ms, self.subject.published_ms);
        let found = match &compare.quantity {
            Quantity::Age => Some(published.map_or(0, |published| (seen - published).max(0))),
            Quantity::Published => published,
            Quantity::Seen => Some(seen),
            Quantity::Count(group) => fields.iter().filter_map(|field| count::largest(self.page(*field), &self.spots(group, *field))).max(),
        };
        // What was written may be a whole day.
        let (first, last) = (compare.value, compare.value + compare.width - 1);
        found.is_some_and(|found| match compare.sign {
            Sign::Less => found < first,
            Sign::AtMost => found <= last,
            Sign::Equal => (first..=last).contains(&found),
            Sign::AtLeast => found >= first,
            Sign::More => found > last,
        })
    }

    fn page(&self, field: Field) -> &Page<'a> {
        &self.pages.iter().find(|(known, _)| *known == field).unwrap().1
    }

    /// Every place of a field where one of the group's terms stands.
    fn spots(&self, group: &Group, field: Field) -> Vec<Spot> {
        group.terms.iter().flat_map(|term| self.spots_of(term, Owner::Rule(self.rule), self.page(field))).collect()
    }

    fn spots_of(&self, term: &Term, owner: Owner<'_>, page: &Page<'_>) -> Vec<Spot> {
        if term.form != Form::Concept {
            return Needle::all(term, owner, &self.lexicon.forms).iter().flat_map(|needle| needle.spots(page)).collect();
        }
        let entries = &self.lexicon.concepts[&term.text].terms;
        let of_entry = |(language, entry): &(String, String)| {
            let (group, _) = self.listed(entry);
            group.terms.iter().flat_map(|term| self.spots_of(term, Owner::Lexicon(language), page)).collect::<Vec<_>>()
        };
        entries.iter().flat_map(of_entry).collect()
    }
}

/// Whether some choice of one spot of each line is as wanted.
fn some_choice(lines: &[Vec<Spot>], chosen: &mut Vec<Spot>, wanted: &dyn Fn(&[Spot]) -> bool) -> bool {
    let Some((line, others)) = lines.split_first() else { return wanted(chosen) };
    line.iter().any(|spot| {
        chosen.push(*spot);
        let found = some_choice(others, chosen, wanted);
        chosen.pop();
        found
    })
}

/// Whether one hit of each group, in the order of the groups, stand within reach of each other.
fn within(reach: Reach, page: &Page<'_>, chosen: &[Spot]) -> bool {
    let first = chosen.iter().map(|spot| spot.first).min().unwrap();
    let last = chosen.iter().map(|spot| spot.last).max().unwrap();
    match reach {
        Reach::Near(n) => last - first <= n as usize,
        Reach::Seq(n) => last - first <= n as usize && chosen.windows(2).all(|pair| pair[0].last < pair[1].first),
        Reach::Sentence => page.sentence(first) == page.sentence(last),
    }
}
