//! `marsad articles`: the archive's articles, listed or one as a whole.

mod revisions;

use super::{
    alerts::more,
    error::Error,
    output::{Out, Style, table::Table},
    place::Place,
};
use crate::{
    engine::alert::json::rfc3339,
    store::{
        listing::{self, Article, ArticleFilter},
        revision,
    },
};
use serde_json::{Value, json};

/// List archived articles, the newest first, or print one as JSON
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  marsad articles --since 6h
  marsad articles --feed \"Enab Baladi\" --limit 10
  marsad articles 42             article 42 as one JSON object, with its text
  marsad articles 42 --revisions what became of it: titles, links and pieces of text, as they were
  marsad explain 42              the same article as a person reads it, with the rules' hits marked

`--since` goes by when marsad first saw the article, never by the date that its publisher gives.")]
pub struct Args {
    /// Number of one article
    id: Option<i64>,
    /// Only articles of this feed
    #[arg(long, value_name = "ID", conflicts_with = "id")]
    feed: Option<String>,
    /// Only articles first seen since: 7d, 12h, 30m, a date or an RFC 3339 time
    #[arg(long, value_name = "TIME", conflicts_with = "id")]
    since: Option<String>,
    /// What became of this article after it was first read: its first revision, and the newest
    #[arg(long, requires = "id")]
    revisions: bool,
    /// At most so many
    #[arg(long, default_value_t = 50, value_name = "N")]
    limit: usize,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(place: &Place, out: &mut Out, args: &Args) -> Result<(), Error> {
    let connection = super::archive(place)?;
    if let Some(id) = args.id {
        if args.revisions {
            let (article, found) = (one(&connection, id)?, revision::of(&connection, id)?);
            return if args.json { out.json(&revisions::object(&article, &found)) } else { revisions::tell(out, &article, &found) };
        }
        return out.json(&object(&one(&connection, id)?));
    }
    if let Some(feed) = &args.feed
        && !listing::knows_feed(&connection, feed)?
    {
        return Err(Error::failed(format!("the archive knows no feed `{feed}`")).hinted("`marsad feeds` lists them"));
    }
    let filter = ArticleFilter { feed: args.feed.clone(), since_ms: super::since_ms(args.since.as_deref(), out.now_ms)? };
    let articles = listing::articles(&connection, &filter, args.limit)?;
    if args.json {
        return articles.iter().try_for_each(|article| out.json(&object(article)));
    }
    let mut table = Table::new(&[">id", "seen", "feed", "title"]);
    for article in &articles {
        table.row(vec![
            Style::Dim.part(&article.id.to_string()),
            Style::Plain.part(&out.ago(article.first_seen_ms)),
            Style::Plain.value(&article.feed),
            Style::Plain.value(&article.title),
        ]);
    }
    if table.is_empty() {
        return out.say("no articles");
    }
    out.table(&table)?;
    more(out, articles.len(), args.limit)
}

/// The article of this number, or an error that says there is none.
pub fn one(connection: &rusqlite::Connection, id: i64) -> Result<Article, Error> {
    if let Some(article) = listing::article(connection, id)? {
        return Ok(article);
    }
    Err(if listing::was_pruned(connection, id)? {
        let hint = "what was alerted is kept, with its evidence: `marsad alerts`; `keep` in [archive] says how long articles stay";
        Error::failed(format!("article {id} was pruned")).hinted(hint)
    } else {
        Error::failed(format!("there is no article {id}")).hinted("`marsad articles` lists them")
    })
}

/// An article in the shape that scripts rely on.
pub fn object(article: &Article) -> Value {
    let time = |at: Option<i64>| at.and_then(rfc3339);
    json!({
        "id": article.id, "feed": article.feed, "story": article.story, "guid": article.guid, "url": article.url, "title": article.title,
        "author": article.author, "language": article.language, "categories": article.categories,
        "published": time(article.published_ms), "updated": time(article.updated_ms), "first_seen": rfc3339(article.first_seen_ms),
        "edited": time(article.edited_ms), "text": article.text,
    })
}
