//! What is told apart as a copy, a story or neither, held against pairs that others have judged.
//!
//! ```text
//! cargo bench --bench stories -- pairs FILE.jsonl              {"text1", "text2", "overall": 1..4}: 1 and 2 are one story
//! cargo bench --bench stories -- copies ARTICLES.jsonl PAIRS   {"id", "text"}, and a table: jaccard, containment, id, id
//! ```
//!
//! Thresholds that are fitted are fitted on one half of the pairs and judged on the other, both ways.

use marsad::engine::story::{
    Relation,
    compare::{ALIKE, JOINS, compare},
    profile::Profile,
    sketch::Sketch,
    window::Window,
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

type Anything = Result<(), Box<dyn std::error::Error>>;

fn main() -> Anything {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["pairs", file] => pairs(file),
        ["copies", articles, pairs] => copies(articles, pairs),
        _ => {
            println!("say what to do: pairs FILE, or copies ARTICLES PAIRS");
            Ok(())
        }
    }
}

fn lines(file: &str) -> Result<Vec<Value>, Box<dyn std::error::Error>> {
    std::fs::read_to_string(file)?.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or("")
}

fn pairs(file: &str) -> Anything {
    let rows = lines(file)?;
    let mut window = Window::default();
    let mut profiles = Vec::new();
    for row in &rows {
        let pair = ["text1", "text2"].map(|key| Profile::of_text(text(row, key)));
        for profile in &pair {
            window.add(window.len() as i64 + 1, &Sketch::new(profile));
        }
        profiles.push(pair);
    }
    let truth: Vec<bool> = rows.iter().map(|row| row["overall"].as_f64().is_some_and(|score| score <= 2.0)).collect();
    let compared: Vec<_> = profiles.iter().map(|[a, b]| compare(a, b, &window, ALIKE)).collect();
    let said: Vec<bool> = compared.iter().map(|found| found.relation >= Relation::Story).collect();
    let daemon: Vec<bool> = profiles.iter().map(|[a, b]| compare(a, b, &window, JOINS).relation >= Relation::Story).collect();
    println!("pairs {}, one story {}", rows.len(), truth.iter().filter(|one| **one).count());
    for (name, scores) in [
        ("3-gram Jaccard", baseline_jaccard(&rows)),
        ("TF-IDF cosine", baseline_cosine(&rows, false)),
        ("TF-IDF cosine, 1 + ln tf", baseline_cosine(&rows, true)),
        ("likeness", compared.iter().map(|found| f64::from(found.likeness)).collect()),
    ] {
        let (one, other) = halves(&scores, &truth);
        let (whole, at) = best(&scores, &truth);
        println!("{name:26} F1 {one:.3} {other:.3} mean {:.3}; fitted on all {whole:.3} at {at:.3}", (one + other) / 2.0);
    }
    for (name, said) in [("at ALIKE", &said), ("at JOINS", &daemon)] {
        let (precision, recall, f1) = score(said, &truth);
        println!("{name:26} F1 {f1:.3}, precision {precision:.3}, recall {recall:.3}");
    }
    let mut relations = BTreeMap::<_, usize>::new();
    compared.iter().zip(&truth).for_each(|(found, one)| *relations.entry((found.relation, *one)).or_default() += 1);
    println!("{relations:?}");
    if std::env::var_os("SHOW").is_some() {
        for ((found, one), row) in compared.iter().zip(&truth).zip(&rows).filter(|((found, _), _)| found.relation != Relation::Other) {
            let begin = |key| text(row, key).chars().take(90).collect::<String>().replace('\n', " ");
            println!(
                "{:?} {one} {:.2} {:.2} {:.2} | {} | {}",
                found.relation,
                found.jaccard,
                found.containment,
                found.likeness,
                begin("text1"),
                begin("text2")
            );
        }
    }
    Ok(())
}

fn score(said: &[bool], truth: &[bool]) -> (f64, f64, f64) {
    let both = said.iter().zip(truth).filter(|(a, b)| **a && **b).count() as f64;
    let (precision, recall) =
        (both / said.iter().filter(|one| **one).count().max(1) as f64, both / truth.iter().filter(|one| **one).count().max(1) as f64);
    (precision, recall, if both > 0.0 { 2.0 * precision * recall / (precision + recall) } else { 0.0 })
}

/// The best F1 of a threshold, and that threshold.
fn best(scores: &[f64], truth: &[bool]) -> (f64, f64) {
    let mut best = (0.0, 0.0);
    for at in scores {
        let said: Vec<bool> = scores.iter().map(|score| score >= at).collect();
        let f1 = score(&said, truth).2;
        if f1 > best.0 {
            best = (f1, *at);
        }
    }
    best
}

/// F1 of each half at the threshold that is best for the other: lines of even and odd number.
fn halves(scores: &[f64], truth: &[bool]) -> (f64, f64) {
    let half = |odd: usize| -> (Vec<f64>, Vec<bool>) { (odd..scores.len()).step_by(2).map(|at| (scores[at], truth[at])).unzip() };
    let judged = |fit: (Vec<f64>, Vec<bool>), on: (Vec<f64>, Vec<bool>)| {
        let at = best(&fit.0, &fit.1).1;
        score(&on.0.iter().map(|score| *score >= at).collect::<Vec<_>>(), &on.1).2
    };
    (judged(half(0), half(1)), judged(half(1), half(0)))
}

fn words(text: &str) -> Vec<String> {
    text.to_lowercase().split(|c: char| !c.is_alphanumeric()).filter(|word| word.chars().count() > 1).map(str::to_owned).collect()
}

fn baseline_jaccard(rows: &[Value]) -> Vec<f64> {
    let triples = |text: &str| words(text).windows(3).map(<[String]>::to_vec).collect::<HashSet<_>>();
    rows.iter()
        .map(|row| {
            let (a, b) = (triples(text(row, "text1")), triples(text(row, "text2")));
            let both = a.intersection(&b).count();
            both as f64 / (a.len() + b.len() - both).max(1) as f64
        })
        .collect()
}

/// The usual one: ln((1 + n) / (1 + df)) + 1.
fn baseline_cosine(rows: &[Value], logarithm: bool) -> Vec<f64> {
    let counts = |text: &str| {
        words(text).into_iter().fold(HashMap::<String, f64>::new(), |mut all, word| {
            *all.entry(word).or_default() += 1.0;
            all
        })
    };
    let texts: Vec<HashMap<String, f64>> = rows.iter().flat_map(|row| [counts(text(row, "text1")), counts(text(row, "text2"))]).collect();
    let mut frequency = HashMap::<&str, f64>::new();
    texts.iter().flat_map(HashMap::keys).for_each(|word| *frequency.entry(word).or_default() += 1.0);
    let idf = |word: &str| ((1.0 + texts.len() as f64) / (1.0 + frequency[word])).ln() + 1.0;
    let weight = |word: &str, count: f64| if logarithm { (1.0 + count.ln()) * idf(word) } else { count * idf(word) };
    let length = |text: &HashMap<String, f64>| text.iter().map(|(word, count)| weight(word, *count).powi(2)).sum::<f64>().sqrt();
    texts
        .chunks(2)
        .map(|pair| {
            let (a, b) = (&pair[0], &pair[1]);
            let product: f64 = a.iter().filter_map(|(word, count)| Some(weight(word, *count) * weight(word, *b.get(word)?))).sum();
            product / (length(a) * length(b)).max(1e-9)
        })
        .collect()
}

fn copies(articles: &str, pairs: &str) -> Anything {
    let rows = lines(articles)?;
    let profiles: Vec<Profile> = rows.iter().map(|row| Profile::of_text(text(row, "text"))).collect();
    let ids: HashMap<&str, usize> = rows.iter().enumerate().map(|(at, row)| (text(row, "id"), at)).collect();
    let mut window = Window::default();
    let mut found = BTreeMap::<(usize, usize), marsad::engine::story::compare::Comparison>::new();
    let mut looked = 0;
    for (at, profile) in profiles.iter().enumerate() {
        let sketch = Sketch::new(profile);
        for other in window.propose(&sketch).copies {
            looked += 1;
            let other = other as usize - 1;
            found.insert((other, at), compare(profile, &profiles[other], &window, JOINS));
        }
        window.add(at as i64 + 1, &sketch);
    }
    println!("articles {}, looks {looked}", rows.len());
    let table = std::fs::read_to_string(pairs)?;
    let listed: Vec<(f64, f64, (usize, usize))> = table
        .lines()
        .skip(1)
        .filter_map(|line| {
            let mut cells = line.split('\t');
            let (jaccard, containment) = (cells.next()?.parse().ok()?, cells.next()?.parse().ok()?);
            let (a, b) = (*ids.get(cells.next()?)?, *ids.get(cells.next()?)?);
            Some((jaccard, containment, (a.min(b), a.max(b))))
        })
        .collect();
    // Every pair, compared without the window's look: what the look should have proposed.
    let all: BTreeSet<(usize, usize)> = (0..profiles.len()).flat_map(|b| (0..b).map(move |a| (a, b))).collect();
    let exact: BTreeMap<(usize, usize), _> =
        all.iter().map(|(a, b)| ((*a, *b), compare(&profiles[*b], &profiles[*a], &window, JOINS))).collect();
    let near = |pair: &(usize, usize)| exact.get(pair).is_some_and(|found| found.jaccard >= 0.5);
    let group = |pairs: &dyn Fn(&(usize, usize)) -> bool| joined(profiles.len(), all.iter().filter(|pair| pairs(pair)));
    let proposed = group(&|pair| {
        found.get(pair).is_some_and(|found| matches!(found.relation, Relation::Copy | Relation::Excerpt | Relation::Sibling))
    });
    let told = group(&|pair| found.get(pair).is_some_and(|found| found.relation == Relation::Copy));
    for (name, pairs) in [
        ("listed pairs", listed.iter().filter(|(jaccard, ..)| *jaccard >= 0.5).map(|(.., pair)| *pair).collect::<Vec<_>>()),
        ("all pairs", all.iter().filter(|pair| near(pair)).copied().collect()),
    ] {
        let share = |count: usize| count as f64 / pairs.len() as f64;
        let compared = pairs.iter().filter(|pair| found.contains_key(pair)).count();
        let near = pairs.iter().filter(|(a, b)| proposed[*a] == proposed[*b]).count();
        let copy = pairs.iter().filter(|(a, b)| told[*a] == told[*b]).count();
        let sibling = pairs.iter().filter(|pair| exact.get(pair).is_some_and(|found| found.relation == Relation::Sibling)).count();
        println!(
            "{name} with Jaccard >= .5: {}; compared {:.3}; found near, in one group {:.3}; in one group of copies {:.3}; siblings of them {sibling}",
            pairs.len(),
            share(compared),
            share(near),
            share(copy)
        );
    }
    for relation in [Relation::Copy, Relation::Excerpt, Relation::Sibling] {
        let said: Vec<_> = found.values().filter(|found| found.relation == relation).collect();
        let jaccard = said.iter().filter(|found| found.jaccard >= 0.5).count();
        let cut = said.iter().filter(|found| found.jaccard < 0.5 && found.containment >= 0.55).count();
        println!(
            "pairs called {relation:?}: {}; Jaccard >= .5 {jaccard}; else containment >= .55 {cut}; else {}",
            said.len(),
            said.len() - jaccard - cut
        );
    }
    if std::env::var_os("SHOW").is_some() {
        for ((a, b), found) in exact.iter().filter(|(_, found)| found.jaccard >= 0.35 || found.containment >= 0.5) {
            let title = |at: usize| text(&rows[at], "text").split('\n').next().unwrap_or("").chars().take(70).collect::<String>();
            println!(
                "{:?} {:.2} {:.2} {:.2} | {} | {}",
                found.relation,
                found.jaccard,
                found.containment,
                found.likeness,
                title(*a),
                title(*b)
            );
        }
    }
    Ok(())
}

/// The group of each of `count` things, given the pairs that join them.
fn joined<'p>(count: usize, pairs: impl Iterator<Item = &'p (usize, usize)>) -> Vec<usize> {
    let mut group: Vec<usize> = (0..count).collect();
    for (a, b) in pairs {
        let (from, to) = (group[*a].max(group[*b]), group[*a].min(group[*b]));
        group.iter_mut().filter(|group| **group == from).for_each(|group| *group = to);
    }
    group
}
