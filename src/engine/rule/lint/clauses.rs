//! How the parts of one rule stand to each other: alternatives that are never needed, clauses that another one implies, parts
//! that an exclusion beside them makes dead.

use super::{
    Piece, compare,
    cover::{Cover, Said, Words},
    shown,
};
use crate::engine::rule::{
    Clause, Field, RuleSpec,
    expr::{Expr, Form, Group, Place, Term},
    plan::Fields,
};
use std::{collections::BTreeMap, ops::Range};

/// Takes a finding: where in the rule, the bytes, what is odd, what to do.
pub type Add<'a> = &'a mut dyn FnMut((Clause, usize), Range<usize>, String, Option<String>);

/// The words of every concept by name.
pub type Concepts<'c> = BTreeMap<&'c str, Words>;

/// One part of several that must all hold.
#[derive(Debug, Clone, Copy)]
pub struct Leaf<'e> {
    pub at: (Clause, usize),
    pub fields: Fields,
    /// A field of the article, or an attribute of its feed.
    place: Place,
    pub negated: bool,
    pub expr: &'e Expr,
    /// Whether it must hold, rather than be one of several that count.
    must: bool,
    /// Whether the whole rule holds or falls with it, rather than an alternative in it.
    pub whole: bool,
}

/// Looks at a whole rule.
pub fn look(spec: &RuleSpec, pieces: &[Piece], concepts: &Concepts<'_>, add: Add<'_>) {
    let fields = if spec.fields.is_empty() { Fields::of([Field::Title, Field::Text]) } else { Fields::of(spec.fields.iter().copied()) };
    let mut leaves = Vec::new();
    for piece in pieces {
        let must = matches!(piece.at.0, Clause::All | Clause::When | Clause::None);
        let negated = piece.at.0 == Clause::None || piece.worth < 0.0;
        let leaf = Leaf { at: piece.at, fields, place: Place::Field(Field::Text), negated, expr: &piece.expr, must, whole: true };
        // What subtracts from a score excludes nothing.
        if piece.worth >= 0.0 {
            flatten(leaf, &mut leaves);
        }
    }
    for clause in [Clause::Any, Clause::None] {
        one_of(leaves.iter().filter(|leaf| leaf.at.0 == clause).copied(), concepts, add);
    }
    conjunction(&leaves, concepts, add);
    for leaf in leaves.iter().filter(|leaf| !matches!(leaf.at.0, Clause::Any | Clause::None)) {
        inside(leaf, concepts, add);
    }
}

/// Adds the parts of `leaf` that must all hold.
fn flatten<'e>(leaf: Leaf<'e>, out: &mut Vec<Leaf<'e>>) {
    match leaf.expr {
        Expr::And(of) if !leaf.negated => of.iter().for_each(|expr| flatten(Leaf { expr, ..leaf }, out)),
        Expr::Or(of) if leaf.negated => of.iter().for_each(|expr| flatten(Leaf { expr, ..leaf }, out)),
        Expr::Not(of) => flatten(Leaf { expr: of, negated: !leaf.negated, ..leaf }, out),
        Expr::In { place, of } => {
            let fields = if let Place::Field(field) = place { Fields::of([*field]) } else { leaf.fields };
            flatten(Leaf { expr: of, place: *place, fields, ..leaf }, out);
        }
        _ => out.push(leaf),
    }
}

/// Terms of which one must hit, from one group or several.
struct Set<'e, 'c> {
    at: (Clause, usize),
    span: Range<usize>,
    fields: Fields,
    shown: String,
    terms: Vec<&'e Term>,
    own: Words,
    concepts: &'c Concepts<'c>,
}

impl<'e, 'c> Set<'e, 'c> {
    fn of(leaves: &[Leaf<'e>], concepts: &'c Concepts<'c>) -> Option<Set<'e, 'c>> {
        let groups = leaves.iter().map(group_of).collect::<Option<Vec<&Group>>>()?;
        let first = leaves.first()?;
        let fields = first.fields;
        if leaves.iter().any(|leaf| leaf.fields != fields) {
            return None;
        }
        let terms: Vec<&Term> = groups.iter().flat_map(|group| &group.terms).collect();
        let own = Words::of(terms.iter().copied());
        let span = if leaves.len() == 1 { groups[0].span.0.clone() } else { 0..0 };
        let shown = groups.iter().map(ToString::to_string).collect::<Vec<_>>().join(" | ");
        Some(Set { at: first.at, span, fields, shown: super::shown(&shown), terms, own, concepts })
    }

    /// The words of the concepts it names.
    fn named(&self) -> impl Iterator<Item = (&'e str, &'c Words)> {
        let concepts = self.concepts;
        let named = self.terms.iter().filter(|term| term.form == Form::Concept);
        named.filter_map(move |term| Some((term.text.as_str(), concepts.get(term.text.as_str())?))).collect::<Vec<_>>().into_iter()
    }

    /// What of it hits wherever `said` does.
    fn covering(&self, said: &Said) -> Option<String> {
        if let Some((index, _)) = self.own.covering(said, |_, _| true) {
            return Some(self.own.said[index].shown.clone());
        }
        if said.form == Form::Concept {
            let words = self.concepts.get(said.text.as_str()).filter(|words| !words.said.is_empty())?;
            return words.said.iter().all(|said| self.covering(said).is_some()).then(|| self.shown.clone());
        }
        let (name, words, index) = self.named().find_map(|(name, words)| Some((name, words, words.covering(said, |_, _| true)?.0)))?;
        Some(format!("{} of @{name}", words.said[index].shown))
    }

    /// Whether it hits wherever `other` does.
    fn covers(&self, other: &Set<'_, '_>) -> bool {
        other.fields.within(self.fields) && !other.own.said.is_empty() && other.own.said.iter().all(|said| self.covering(said).is_some())
    }
}

/// The group that a part is, where it looks into the article.
fn group_of<'e>(leaf: &Leaf<'e>) -> Option<&'e Group> {
    match leaf.expr {
        Expr::Group(group) if matches!(leaf.place, Place::Field(_)) => Some(group),
        _ => None,
    }
}

/// Looks at parts that must all hold.
fn conjunction(leaves: &[Leaf<'_>], concepts: &Concepts<'_>, add: Add<'_>) {
    let must = |negated| leaves.iter().filter(move |leaf| leaf.must && leaf.negated == negated);
    let mut sets: Vec<Set<'_, '_>> = must(false).filter_map(|leaf| Set::of(&[*leaf], concepts)).collect();
    let any: Vec<Leaf<'_>> = leaves.iter().filter(|leaf| leaf.at.0 == Clause::Any).copied().collect();
    sets.extend(Set::of(&any, concepts));
    for (i, wide) in sets.iter().enumerate() {
        // Of two that say the same, the later one is told.
        let narrow = sets.iter().enumerate().find(|(j, set)| i != *j && wide.covers(set) && (*j < i || !set.covers(wide)));
        if let Some((_, narrow)) = narrow {
            let message = format!("`{}` says nothing more: wherever `{}` hits, it does", wide.shown, narrow.shown);
            add(wide.at, wide.span.clone(), message, Some("take it out, or write what is to be found besides".into()));
        }
    }
    let excluded: Vec<Set<'_, '_>> = must(true).filter_map(|leaf| Set::of(&[*leaf], concepts)).collect();
    if !excluded.is_empty() {
        leaves.iter().filter(|leaf| !leaf.negated).for_each(|leaf| dead(leaf, &excluded, add));
    }
    compare::look(leaves, add);
}

/// Terms inside `leaf` that cannot count, because an exclusion hits wherever they do.
fn dead(leaf: &Leaf<'_>, excluded: &[Set<'_, '_>], add: Add<'_>) {
    match leaf.expr {
        Expr::And(of) | Expr::Or(of) | Expr::AtLeast { of, .. } => {
            of.iter().for_each(|expr| dead(&Leaf { expr, ..*leaf }, excluded, add));
        }
        Expr::In { place, of } => {
            let fields = if let Place::Field(field) = place { Fields::of([*field]) } else { leaf.fields };
            dead(&Leaf { expr: of, place: *place, fields, ..*leaf }, excluded, add);
        }
        Expr::Group(group) => dead_terms(leaf, group, excluded, add),
        Expr::Window { groups, .. } => groups.iter().for_each(|group| dead_terms(leaf, group, excluded, add)),
        Expr::Not(_) | Expr::Compare(_) => {}
    }
}

fn dead_terms(leaf: &Leaf<'_>, group: &Group, excluded: &[Set<'_, '_>], add: Add<'_>) {
    if !matches!(leaf.place, Place::Field(_)) {
        return;
    }
    for term in &group.terms {
        let said = Said::new(term);
        let by = excluded.iter().filter(|set| leaf.fields.within(set.fields)).find_map(|set| Some((set.at.0, set.covering(&said)?)));
        if let Some((clause, by)) = by {
            let where_ = if clause == Clause::None { "`none`" } else { "a NOT beside it" };
            let message = format!("`{}` can never count: {where_} excludes `{}`", shown(term), shown(&by));
            add(leaf.at, term.span.0.clone(), message, Some("take one of the two out".into()));
        }
    }
}

/// Looks into the parts of a part that must hold.
fn inside(leaf: &Leaf<'_>, concepts: &Concepts<'_>, add: Add<'_>) {
    match leaf.expr {
        Expr::Or(of) => {
            one_of(of.iter().map(|expr| Leaf { expr, ..*leaf }), concepts, add);
            of.iter().for_each(|expr| deeper(&Leaf { expr, negated: false, must: true, whole: false, ..*leaf }, concepts, add));
        }
        Expr::And(of) | Expr::AtLeast { of, .. } => {
            of.iter().for_each(|expr| deeper(&Leaf { expr, negated: false, must: true, whole: false, ..*leaf }, concepts, add));
        }
        Expr::Group(_) => one_of([*leaf], concepts, add),
        Expr::Window { groups, .. } => {
            for group in groups {
                alternatives(&[(leaf.at, group)], concepts, add);
            }
        }
        Expr::Not(_) | Expr::In { .. } | Expr::Compare(_) => {}
    }
}

fn all_of<'e>(leaf: &Leaf<'e>) -> Vec<Leaf<'e>> {
    let mut leaves = Vec::new();
    flatten(*leaf, &mut leaves);
    leaves
}

/// A part that stands by itself: what must hold together in it, and what is inside of that.
fn deeper(leaf: &Leaf<'_>, concepts: &Concepts<'_>, add: Add<'_>) {
    let leaves = all_of(leaf);
    // Single groups are looked at with their neighbours.
    if leaves.len() == 1 && matches!(leaf.expr, Expr::Group(_) | Expr::In { .. }) {
        return;
    }
    conjunction(&leaves, concepts, add);
    leaves.iter().for_each(|leaf| inside(leaf, concepts, add));
}

/// A group with where it stands.
type Placed<'e> = ((Clause, usize), &'e Group);

/// Looks at parts of which one must hold: those groups that look into the same fields are one.
fn one_of<'e>(leaves: impl IntoIterator<Item = Leaf<'e>>, concepts: &Concepts<'_>, add: Add<'_>) {
    let mut by_fields: Vec<(Fields, Vec<Placed<'e>>)> = Vec::new();
    for leaf in leaves {
        let parts = all_of(&Leaf { negated: false, ..leaf });
        let [part] = parts.as_slice() else { continue };
        let (false, Some(group)) = (part.negated, group_of(part)) else { continue };
        match by_fields.iter_mut().find(|(fields, _)| *fields == part.fields) {
            Some((_, groups)) => groups.push((part.at, group)),
            None => by_fields.push((part.fields, vec![(part.at, group)])),
        }
    }
    for (_, groups) in by_fields {
        alternatives(&groups, concepts, add);
    }
}

/// Alternatives that another one makes needless. `at` says where a group stands.
pub fn alternatives<P: Copy>(
    groups: &[(P, &Group)],
    concepts: &Concepts<'_>,
    add: &mut (impl FnMut(P, Range<usize>, String, Option<String>) + ?Sized),
) {
    let terms: Vec<(P, &Term)> = groups.iter().flat_map(|(at, group)| group.terms.iter().map(move |term| (*at, term))).collect();
    let words = Words::of(terms.iter().map(|(_, term)| *term));
    let named =
        || terms.iter().filter(|(_, term)| term.form == Form::Concept).filter_map(|(_, term)| concepts.get_key_value(term.text.as_str()));
    for (i, (at, term)) in terms.iter().enumerate() {
        let said = &words.said[i];
        // Of two that say the same, the later one is told.
        let found = words.covering(said, |j, cover| j != i && (cover == Cover::Wider || j < i));
        let message = match found {
            Some((j, Cover::Same)) if words.said[j].text == said.text => format!("`{}` is there already", said.shown),
            Some((j, Cover::Same)) => format!("`{}` folds to the same as `{}`", said.shown, words.said[j].shown),
            Some((j, Cover::Wider)) => format!("`{}` is never needed: `{}` finds it already", said.shown, words.said[j].shown),
            None => match named().find(|(_, words)| words.covering(said, |_, _| true).is_some()) {
                Some((name, _)) => format!("`{}` is never needed: `@{name}` has it", said.shown),
                None => continue,
            },
        };
        let hint = match found {
            Some((j, Cover::Wider)) => format!("take it out; or take out `{}`, if only the longer is meant", words.said[j].shown),
            _ => "take it out".to_owned(),
        };
        add(*at, term.span.0.clone(), message, Some(hint));
    }
}
