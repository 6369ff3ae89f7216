//! What the archive says of the rules of a config: counts over its newest articles. Never writes.

use crate::{
    cli::{error::Error, output::Progress, place::Place, replay::Side},
    config::Config,
    engine::rule::lint::{Finding, census::Census},
    store::{
        listing::{self, ArticleFilter},
        open,
    },
};

/// How many of the newest articles are asked.
const SAMPLE: usize = 2000;

/// What is odd about the rules by the articles of the archive; `most` is the share of them that a word may hit, 0 … 1. Nothing
/// without an archive.
pub fn findings(place: &Place, config: &Config, most: f64) -> Result<Vec<Finding>, Error> {
    if !place.archive.exists() {
        return Ok(Vec::new());
    }
    let connection = open::read_only(&place.archive)?;
    let articles = listing::articles(&connection, &ArticleFilter::default(), SAMPLE)?;
    let (mut census, progress) = (Census::new(&config.rules), Progress::stderr());
    let side = Side::new(&config.rules, &config.feeds);
    for (done, article) in articles.iter().enumerate() {
        if done % 100 == 0 {
            progress.show(&format!("asked {done} of the newest {} articles", articles.len()));
        }
        census.count(&article.subject(&article.categories.join("\n"), side.tags_of(article)));
    }
    progress.done();
    Ok(census.findings(&config.lexicon, most))
}
