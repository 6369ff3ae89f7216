//! Comparisons of one measure that must all hold: those that cannot, and those that others make needless.

use super::clauses::{Add, Leaf};
use crate::engine::rule::expr::{Compare, Expr};

/// Looks at every two comparisons among parts that must all hold.
pub fn look(leaves: &[Leaf<'_>], add: Add<'_>) {
    let compares: Vec<(&Leaf<'_>, &Compare)> = leaves
        .iter()
        .filter(|leaf| !leaf.negated)
        .filter_map(|leaf| if let Expr::Compare(c) = leaf.expr { Some((leaf, c)) } else { None })
        .collect();
    for (later, (leaf, b)) in compares.iter().enumerate() {
        for (other, a) in compares[..later].iter().filter(|(other, a)| a.quantity == b.quantity && other.fields == leaf.fields) {
            let ((a_from, a_to), (b_from, b_to)) = (a.range(), b.range());
            if a.excludes(b) {
                // Where the whole rule can never hold for it, it is refused.
                if !leaf.whole {
                    let message = format!("`{a}` and `{b}` can never both hold");
                    add(leaf.at, b.span.0.clone(), message, Some("put OR between them, or take one out".into()));
                }
            } else if b_from <= a_from && a_to <= b_to {
                add(leaf.at, b.span.0.clone(), format!("`{b}` says nothing more: `{a}` stands beside it"), Some("take it out".into()));
            } else if a_from <= b_from && b_to <= a_to {
                add(other.at, a.span.0.clone(), format!("`{a}` says nothing more: `{b}` stands beside it"), Some("take it out".into()));
            }
        }
    }
}
