//! `marsad rules noise`: which clause of a rule was right how often, by the verdicts of people, and what would have kept its noise away.

use super::position;
use crate::{
    cli::{
        check::counted,
        configuration,
        error::Error,
        output::{Out, Style, table::Table},
        place::Place,
        replay::Side,
    },
    config::Config,
    engine::{
        alert::noise::{LEAST_VERDICTS, Precision, Text, precision, suspects, worth},
        rule::{RuleSpec, compile},
    },
    store::{
        listing::{self, Article, ArticleFilter},
        verdict::{self, Judged},
    },
};
use rusqlite::Connection;
use serde_json::{Value, json};

/// Words that the rule is judged with.
const TRIED: usize = 16;

/// The newest articles of the archive, by which common words are known.
const OTHERS: usize = 500;

/// How often each clause of a rule was right, by your verdicts, and what would have kept its noise away
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  marsad alerts noise 7 9 12         say which alerts were noise,
  marsad alerts useful 8 10          and which were useful
  marsad rules noise                 every rule of which alerts were judged
  marsad rules noise idlib --json | jq -r .exclusion.none

A clause or term counts for an alert in which it gave evidence: its precision is the useful ones of those that were judged. From
five verdicts on, one exclusion is looked for: the word or concept that stands in the noise and least in what was useful. The rule
as it is now is judged with it over the articles of these alerts, as the archive has them: how much noise goes, and what useful
alert is lost. Write it into `none` of the rule, and let `marsad rules diff` say what else it would change.")]
pub struct Args {
    /// One rule; all that were judged without it
    #[arg(value_name = "RULE")]
    rule: Option<String>,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(place: &Place, out: &mut Out, args: &Args) -> Result<(), Error> {
    let connection = crate::cli::archive(place)?;
    let config = configuration::load(place)?.config;
    let rules = match &args.rule {
        Some(rule) => {
            if !listing::knows_rule(&connection, rule)? {
                position(&config, rule, "`marsad alerts --json` names the rule of each alert")?;
            }
            vec![rule.clone()]
        }
        None => verdict::rules(&connection)?,
    };
    if rules.is_empty() && !args.json {
        return out.say("no alert was judged yet; `marsad alerts noise N` and `marsad alerts useful N` do it");
    }
    for (at, rule) in rules.iter().enumerate() {
        let found = Found::look(&connection, &config, rule)?;
        if args.json {
            out.json(&found.object())?;
            continue;
        }
        if at > 0 {
            out.say("")?;
        }
        found.tell(out)?;
    }
    Ok(())
}

/// What the verdicts on a rule's alerts say.
struct Found {
    rule: String,
    noise: usize,
    useful: usize,
    clauses: Vec<Precision>,
    exclusion: Option<Exclusion>,
    /// Why there is no exclusion, for a person.
    without: &'static str,
}

/// One more element of a rule's `none`, with what it does to the judged articles for which the rule holds now.
struct Exclusion {
    none: String,
    noise: usize,
    gone: usize,
    useful: usize,
    lost: usize,
}

impl Found {
    fn look(connection: &Connection, config: &Config, rule: &str) -> Result<Found, Error> {
        let judged = verdict::judged(connection, rule)?;
        let noise = judged.iter().filter(|one| one.noise).count();
        let clauses = precision(judged.iter().map(|one| (one.noise, one.evidence.as_slice())));
        let mut found = Found { rule: rule.to_owned(), noise, useful: judged.len() - noise, clauses, exclusion: None, without: "" };
        let position = config.rules.specs().iter().position(|spec| spec.id == rule);
        found.without = match position {
            _ if !found.enough() => "",
            None => "the config has no such rule now, so there is nothing to exclude from",
            Some(position) => {
                let articles = held(connection, config, position, &judged)?;
                if articles.iter().any(|(noise, _)| *noise) {
                    found.exclusion = exclusion(connection, config, &config.rules.specs()[position], &articles)?;
                    "no single word or concept would keep the noise away at a price worth it"
                } else {
                    "the rule as it is now holds for none of the noise"
                }
            }
        };
        Ok(found)
    }

    fn enough(&self) -> bool {
        self.noise + self.useful >= LEAST_VERDICTS
    }

    fn object(&self) -> Value {
        let clause = |one: &Precision| json!({"clause": one.clause, "term": one.term, "noise": one.noise, "useful": one.useful, "precision": one.share()});
        let exclusion = self
            .exclusion
            .as_ref()
            .map(|one| json!({"none": one.none, "noise": one.noise, "gone": one.gone, "useful": one.useful, "lost": one.lost}));
        json!({
            "rule": self.rule, "noise": self.noise, "useful": self.useful, "enough": self.enough(),
            "clauses": self.clauses.iter().map(clause).collect::<Vec<_>>(), "exclusion": exclusion,
        })
    }

    fn tell(&self, out: &mut Out) -> Result<(), Error> {
        let verdicts = format!(": {} judged, {} noise, {} useful", counted(self.noise + self.useful, "alert"), self.noise, self.useful);
        out.line(&[Style::Bold.value(&self.rule), Style::Plain.part(&verdicts)])?;
        if !self.enough() {
            return out.say(format!(
                "too few to tell: {LEAST_VERDICTS} are needed; `marsad alerts noise N` and `marsad alerts useful N` add some"
            ));
        }
        let mut table = Table::new(&["clause", "term", ">noise", ">useful", ">right"]);
        for one in &self.clauses {
            let (clause, style) = if one.term.is_none() { (one.clause.as_str(), Style::Bold) } else { ("", Style::Plain) };
            table.row(vec![
                style.value(clause),
                Style::Plain.value(one.term.as_deref().unwrap_or("")),
                Style::Plain.part(&one.noise.to_string()),
                Style::Plain.part(&one.useful.to_string()),
                style.part(&format!("{:.0} %", one.share() * 100.0)),
            ]);
        }
        out.table(&table)?;
        let Some(one) = &self.exclusion else { return out.say(self.without) };
        out.line(&[
            Style::Plain.part("excluded by "),
            Style::Good.value(format!("none = [\"{}\"]", one.none)),
            Style::Plain.part(&format!(
                ": {} of {} noise gone, {} of {} useful lost; judged again as the rule and the articles are now",
                one.gone, one.noise, one.lost, one.useful
            )),
        ])
    }
}

/// Articles of judged alerts for which the rule at this position holds as it is now, with whether they were noise.
fn held(connection: &Connection, config: &Config, position: usize, judged: &[Judged]) -> Result<Vec<(bool, Article)>, Error> {
    let side = Side::new(&config.rules, &config.feeds);
    let mut articles = Vec::new();
    for one in judged {
        let article = one.article.map(|article| listing::article(connection, article)).transpose()?.flatten();
        let holds = |article: &Article| side.matches(article).iter().any(|found| found.rule == position);
        articles.extend(article.filter(holds).map(|article| (one.noise, article)));
    }
    Ok(articles)
}

/// The one exclusion that is worth most, found in these articles and tried on them.
fn exclusion(connection: &Connection, config: &Config, spec: &RuleSpec, articles: &[(bool, Article)]) -> Result<Option<Exclusion>, Error> {
    let mut others = listing::articles(connection, &ArticleFilter::default(), OTHERS)?;
    others.retain(|other| articles.iter().all(|(_, article)| article.id != other.id));
    let texts = |noise: bool| articles.iter().filter(|(is, _)| *is == noise).map(|(_, article)| text(article)).collect::<Vec<_>>();
    let (noise, useful) = (texts(true), texts(false));
    let words = suspects(&noise, &useful, &others.iter().map(text).collect::<Vec<_>>(), TRIED);
    let concepts = config.lexicon.concepts.keys().map(|name| format!("@{name}"));
    // The concepts first: of two that do the same, the one that is kept in one place is the better.
    let with = |none: String| {
        let spec = RuleSpec { id: format!("{} without {none}", spec.id), none: [&spec.none[..], &[none]].concat(), ..spec.clone() };
        // What the rule's own language cannot say is not tried.
        compile(std::slice::from_ref(&spec), &config.lexicon).is_ok().then_some(spec)
    };
    let tried: Vec<RuleSpec> = concepts.chain(words).filter_map(with).collect();
    let Ok(rules) = compile(&tried, &config.lexicon) else { return Ok(None) };
    let side = Side::new(&rules, &config.feeds);
    // Of each, the noise that is still there and what was useful and is kept.
    let mut counts = vec![(0, 0); tried.len()];
    for (noise, article) in articles {
        for found in side.matches(article) {
            if let Some(count) = counts.get_mut(found.rule) {
                if *noise { count.0 += 1 } else { count.1 += 1 }
            }
        }
    }
    let kept = tried.into_iter().zip(counts).filter_map(|(mut spec, (still, kept))| {
        let (gone, lost) = (noise.len() - still, useful.len() - kept);
        let none = spec.none.pop()?;
        Some((worth(gone, lost)?, Exclusion { none, noise: noise.len(), gone, useful: useful.len(), lost }))
    });
    // The first of the best: `max_by_key` would take the last.
    Ok(kept.reduce(|best, one| if one.0 > best.0 { one } else { best }).map(|(_, one)| one))
}

fn text(article: &Article) -> Text<'_> {
    Text { title: &article.title, text: &article.text }
}
