//! The smallest change that would make a rule hold for an article: which clauses failed, and how near each came.

use super::{
    Clause, Ruleset, Subject,
    expr::Reach,
    judge::Article,
    plan::{Hits, Node, Plan},
};

/// Why a rule does not hold for an article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhyNot {
    /// Whether it does not watch the article's feed or language.
    pub out_of_scope: bool,
    /// The smallest set of clauses that would have had to turn out otherwise.
    pub lacks: Vec<Lack>,
    /// How many parts of the rule were content, of how many that it needs.
    pub content: (usize, usize),
}

/// One clause that would have had to turn out otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lack {
    /// The clause as written.
    pub label: String,
    /// What it lacks: `no hit in title or text`, `4 words apart, 2 allowed`, `found “football” in the text`.
    pub reason: String,
}

impl Ruleset {
    /// Why rule `rule`, by its position, does not hold for `subject`; `None` when it does, or when there is no such rule.
    pub fn why_not(&self, rule: usize, subject: &Subject<'_>) -> Option<WhyNot> {
        let plan = self.plans.get(rule)?;
        let article = self.read(subject);
        let out_of_scope = !article.in_scope(plan);
        let (lacks, content) = article.lacks_of(plan);
        (out_of_scope || !lacks.is_empty()).then_some(WhyNot { out_of_scope, lacks, content })
    }
}

impl Article<'_> {
    fn lacks_of(&self, plan: &Plan) -> (Vec<Lack>, (usize, usize)) {
        let (mut lacks, mut content, mut needed) = (Vec::new(), 0, 0);
        let mut nearest: Option<Vec<Lack>> = None;
        for clause in &plan.clauses {
            let wanted = self.lacks(&clause.node, clause.clause != Clause::None);
            if clause.clause == Clause::Any {
                if nearest.as_ref().is_none_or(|known| wanted.len() < known.len()) {
                    nearest = Some(wanted);
                }
                continue;
            }
            needed += 1;
            content += usize::from(wanted.is_empty());
            lacks.extend(wanted);
        }
        if let Some(any) = nearest {
            needed += 1;
            content += usize::from(any.is_empty());
            lacks.extend(any);
        }
        (lacks, (content, needed))
    }

    /// The fewest leaves that would have to turn out otherwise for a node to be as `wanted`; none when it is.
    fn lacks(&self, node: &Node, wanted: bool) -> Vec<Lack> {
        if self.holds(node) == wanted {
            return Vec::new();
        }
        let each = |of: &[Node]| of.iter().map(|node| self.lacks(node, wanted)).collect::<Vec<_>>();
        match node {
            Node::Not(of) => self.lacks(of, !wanted),
            Node::And(of) if wanted => each(of).into_iter().flatten().collect(),
            Node::Or(of) if !wanted => each(of).into_iter().flatten().collect(),
            Node::And(of) | Node::Or(of) => fewest(each(of), 1),
            Node::AtLeast(n, of) => {
                let holding = of.iter().filter(|node| self.holds(node)).count();
                let turn = if wanted { *n as usize - holding } else { holding + 1 - *n as usize };
                fewest(each(of).into_iter().filter(|lacks| !lacks.is_empty()).collect(), turn)
            }
            Node::Hit(hits) | Node::Compare(_, hits) => vec![Lack { label: hits.label.to_string(), reason: self.reason(node, wanted) }],
            Node::Window(_, _, label) | Node::Attribute(_, _, label) => {
                vec![Lack { label: label.to_string(), reason: self.reason(node, wanted) }]
            }
            Node::Score(score) => vec![Lack { label: score.label.to_string(), reason: self.reason(node, wanted) }],
        }
    }

    fn reason(&self, node: &Node, wanted: bool) -> String {
        if !wanted {
            let mut found = Vec::new();
            self.collect(node, &mut found);
            let first = self.evidence(found, 1).into_iter().next();
            return first.map_or_else(|| "it holds".into(), |piece| format!("found “{}” in the {}", piece.text, piece.field.name()));
        }
        match node {
            Node::Hit(hits) => self.no_hit(hits),
            Node::Window(reach, groups, _) => self.too_far(*reach, groups),
            Node::Score(score) => {
                let missing: Vec<&str> = score
                    .keys
                    .iter()
                    .filter(|(hits, worth)| *worth > 0.0 && self.all(hits).is_empty())
                    .map(|(hits, _)| &*hits.label)
                    .collect();
                let missing = missing.iter().map(|label| label.trim_start_matches("score: ")).collect::<Vec<_>>().join(", ");
                format!("{} of {}; without a hit: {missing}", self.score(score), score.threshold)
            }
            _ => self.measured(node).unwrap_or_else(|| "it is another".into()),
        }
    }

    fn no_hit(&self, hits: &Hits) -> String {
        let fields: Vec<&str> = hits.fields.iter().map(super::Field::name).collect();
        format!("no hit in {}", fields.join(" or "))
    }

    fn too_far(&self, reach: Reach, groups: &[Hits]) -> String {
        let absent: Vec<usize> =
            groups.iter().enumerate().filter(|(_, hits)| self.all(hits).is_empty()).map(|(position, _)| position + 1).collect();
        if !absent.is_empty() {
            let which = absent.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ");
            return format!("no hit of its group {which}");
        }
        match (reach, self.narrowest(reach, groups)) {
            (Reach::Near(n) | Reach::Seq(n), Some(words)) if words > n => format!("{words} words apart, {n} allowed"),
            (Reach::Seq(_), _) => "in another order".into(),
            (Reach::Near(_), _) => "in different fields".into(),
            (Reach::Sentence, _) => "in different sentences".into(),
        }
    }
}

/// The shortest `n` of the lists, joined.
fn fewest(mut lists: Vec<Vec<Lack>>, n: usize) -> Vec<Lack> {
    lists.sort_by_key(Vec::len);
    lists.into_iter().take(n).flatten().collect()
}

#[cfg(test)]
mod tests {
    use crate::engine::rule::{Lexicon, RuleSpec, Subject, compile};

    fn lacks(when: &str, text: &str) -> Vec<(String, String)> {
        let spec = RuleSpec { id: "r".into(), when: Some(when.into()), ..RuleSpec::default() };
        let rules = compile(&[spec], &Lexicon::default()).unwrap();
        let why = rules.why_not(0, &Subject { text, ..Subject::default() });
        why.map(|why| why.lacks.into_iter().map(|lack| (lack.label, lack.reason)).collect()).unwrap_or_default()
    }

    fn pair(label: &str, reason: &str) -> (String, String) {
        (label.to_owned(), reason.to_owned())
    }

    #[test]
    fn the_smallest_set_of_clauses_is_named() {
        let when = "(Idlib AND truce AND talks) OR (Aleppo AND siege)";
        assert_eq!(lacks(when, "Idlib talks, truce off"), []);
        assert_eq!(lacks(when, "Idlib talks"), [pair("when: truce", "no hit in title or text")]);
        assert_eq!(lacks(when, "Aleppo"), [pair("when: siege", "no hit in title or text")]);
        assert_eq!(lacks("Idlib AND NOT football", "Idlib Football"), [pair("when: football", "found “Football” in the text")]);
        assert_eq!(lacks("atleast(2, Idlib, truce, talks)", "Idlib").len(), 1);
    }

    #[test]
    fn how_near_it_came_is_told() {
        assert_eq!(lacks("NEAR(2, Idlib, truce)", "Idlib has seen no truce")[0].1, "4 words apart, 2 allowed");
        assert_eq!(lacks("SEQ(9, Idlib, truce)", "truce in Idlib")[0].1, "in another order");
        assert_eq!(lacks("SENT(Idlib, truce)", "Idlib. Truce")[0].1, "in different sentences");
        assert_eq!(lacks("NEAR(2, Idlib, truce)", "Idlib")[0].1, "no hit of its group 2");
        assert_eq!(lacks("count(displaced)>=500", "300 displaced")[0].1, "300");
    }
}
