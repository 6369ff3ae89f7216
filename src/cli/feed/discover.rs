//! `marsad feed discover`: the feeds of a web page, each fetched and read by marsad's own reader. Archives nothing.
//!
//! Polite: one request to a host at a time, with the config's pause between two; well-known paths are tried only where the
//! page names no feed that is one, and no further than the first. Guarded: caps on candidates, sizes and time, and no page can
//! make it ask a private address.

mod show;

use crate::{
    cli::{
        configuration,
        error::Error,
        output::{Out, Progress},
        place::Place,
        run,
    },
    config::Config,
    engine::{
        decode::decode,
        discover::{self, Candidate, How},
        feed::GONE,
        parse::{Document, ParseError, parse},
        url::canonical,
    },
    net::{
        Body, Fetched,
        client::{Client, Via},
        fetch::Request,
        hosts::{Hosts, Turn, host_of},
    },
};
use std::{collections::HashSet, time::Duration};
use tokio::time::{Instant, timeout_at};

/// Limit on everything together.
const DEADLINE: Duration = Duration::from_secs(90);

/// A feed older than this stands behind livelier ones.
const STALE_MS: i64 = 365 * 86_400_000;

/// Find the feeds of a web page: link elements, Link headers, anchors, well-known paths
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  marsad feed discover https://www.enabbaladi.net/
  marsad feed discover example.org                      https:// is understood
  marsad feed discover https://example.org/news --json

Each address is fetched and read; the best comes first. Follow one with `marsad feed add ADDRESS`. Exits with 1 when the page
cannot be read or no feed is found. With --json one object: {page, feeds: [{url, title, format, entries, newest, language,
found}], failed: [{url, found, reason}]}; found is itself, link, header, anchor or path.")]
pub struct Args {
    /// The address of a page, or of a feed
    url: String,
    /// Whether the address may be on this machine or a private network
    #[arg(long)]
    allow_private: bool,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

/// A feed that was found and read.
#[derive(Debug)]
struct Feed {
    candidate: Candidate,
    document: Document,
    newest_ms: Option<i64>,
}

/// An address that was asked and gave no feed.
#[derive(Debug)]
struct Miss {
    candidate: Candidate,
    reason: String,
}

/// What a search came to.
#[derive(Debug, Default)]
struct Search {
    feeds: Vec<Feed>,
    misses: Vec<Miss>,
}

/// Runs the command.
pub fn run(place: &Place, out: &mut Out, args: &Args) -> Result<(), Error> {
    let written = args.url.trim();
    let url = if written.contains("://") { written.to_owned() } else { format!("https://{written}") };
    // A user name is refused here as in the config; `mailto:a@b` would be read as one.
    let bare = url::Url::parse(&url).is_ok_and(|url| url.username().is_empty() && url.password().is_none());
    let host = host_of(&url).filter(|_| bare && canonical(&url).is_some()).ok_or_else(|| Error::Usage {
        message: format!("`{written}` is no address of a page"),
        hint: Some("write it as `https://example.org/`".into()),
    })?;
    let config = configuration::load_silently(place)?.config;
    let asker = Asker::new(&config, host, args.allow_private, out.now_ms)?;
    let search = run::runtime()?.block_on(asker.search(&url))?;
    asker.progress.done();
    show::show(out, &url, &search, args.json)?;
    match search.feeds.is_empty() {
        true => Err(Error::failed(format!("no feed found at `{url}`"))
            .hinted("a page of the site that lists its feeds may name them; its own address is worth a try")),
        false => Ok(()),
    }
}

/// The client with its manners, and what is allowed.
struct Asker {
    client: Client,
    hosts: Hosts,
    /// The host that the user named; the only one that may be private, and only if the user says so.
    home: String,
    allow_private: bool,
    /// `[poll] proxy`.
    proxy: Option<String>,
    deadline: Instant,
    now_ms: i64,
    progress: Progress,
}

impl Asker {
    fn new(config: &Config, home: String, allow_private: bool, now_ms: i64) -> Result<Asker, Error> {
        let client = Client::new(&config.poll).map_err(|source| Error::because("cannot make the HTTP client", source))?;
        let hosts = Hosts::new(&config.poll);
        let proxy = config.poll.proxy.clone();
        Ok(Asker { client, hosts, home, allow_private, proxy, deadline: Instant::now() + DEADLINE, now_ms, progress: Progress::stderr() })
    }

    /// The page, then what it names, then well-known paths.
    async fn search(&self, url: &str) -> Result<Search, Error> {
        let mut search = Search::default();
        let own = Candidate { url: url.to_owned(), how: How::Itself, title: None };
        let mut asked = HashSet::from([canonical(url)]);
        let mut page = url.to_owned();
        match self.ask(url).await {
            Ok((body, bytes)) => {
                asked.insert(canonical(&body.url));
                page.clone_from(&body.url);
                match self.read(own, (&body, &bytes)) {
                    Ok(feed) => {
                        search.feeds.push(feed);
                        return Ok(search);
                    }
                    // A page is what most are asked about.
                    Err((_, ParseError::NotAFeed(_))) => {}
                    Err((candidate, error)) => search.misses.push(Miss { candidate, reason: error.to_string() }),
                }
                let html = decode(&bytes[..bytes.len().min(discover::MAX_PAGE_BYTES)], body.content_type.as_deref()).text;
                self.try_all(discover::candidates(&html, &body.url, &body.links), &mut asked, &mut search, false).await;
            }
            // A server that answered at all may keep a feed elsewhere.
            Err(Unasked { answered: true, reason, .. }) => search.misses.push(Miss { candidate: own, reason }),
            Err(Unasked { refused, reason, .. }) => {
                let error = Error::failed(format!("cannot fetch `{url}`: {reason}"));
                return Err(if refused { error.hinted("`--allow-private` is for pages on your own machine or network") } else { error });
            }
        }
        if search.feeds.is_empty() {
            self.try_all(discover::well_known(&page), &mut asked, &mut search, true).await;
        }
        search.sort(self.now_ms);
        Ok(search)
    }

    /// Asks each candidate that was not asked before; all of them, or until the first feed.
    async fn try_all(&self, candidates: Vec<Candidate>, asked: &mut HashSet<Option<String>>, search: &mut Search, first_only: bool) {
        let count = candidates.len();
        for (at, candidate) in candidates.into_iter().enumerate() {
            if !asked.insert(canonical(&candidate.url)) {
                continue;
            }
            self.progress.show(&format!("{} of {count}: {}", at + 1, candidate.url));
            match self.ask(&candidate.url).await {
                Ok((body, _)) if body.url != candidate.url && !asked.insert(canonical(&body.url)) => {
                    search.misses.push(Miss { candidate, reason: format!("leads to {}, which was read already", body.url) });
                }
                Ok((body, bytes)) => match self.read(candidate, (&body, &bytes)) {
                    Ok(feed) => search.feeds.push(feed),
                    Err((candidate, error)) => search.misses.push(Miss { candidate, reason: error.to_string() }),
                },
                Err(Unasked { reason, .. }) => search.misses.push(Miss { candidate, reason }),
            }
            if first_only && !search.feeds.is_empty() {
                return;
            }
        }
    }

    /// What came, and its document unpacked.
    async fn ask(&self, url: &str) -> Result<(Body, Vec<u8>), Unasked> {
        let host = host_of(url).unwrap_or_default();
        // A page may name any host; the user's word covers only the one that the user named.
        let allow_private = self.allow_private && host == self.home;
        let via = self.proxy.as_deref().map(|proxy| Via { proxy, feed: "discover" });
        let request = Request { via, ..Request::new(url, allow_private, self.now_ms) };
        let mut turn = Turn::new(&self.hosts);
        let fetching = self.client.fetch_in_turn(&request, &mut turn);
        let unasked = |reason: &str| Unasked { reason: reason.to_owned(), answered: false, refused: false };
        match timeout_at(self.deadline, fetching).await {
            Ok(Fetched::Body(mut body)) => match std::mem::take(&mut body.wire).unpack() {
                Ok(bytes) => Ok((body, bytes)),
                Err(error) => Err(unasked(&error.to_string())),
            },
            Ok(Fetched::Unchanged { .. }) => Err(unasked("the server says that nothing has changed, though it was told of nothing")),
            Ok(Fetched::Gone) => Err(Unasked { answered: true, ..unasked(GONE) }),
            Ok(Fetched::Refused { reason }) => Err(Unasked { refused: true, ..unasked(&reason) }),
            Ok(Fetched::Failed { reason, status, .. }) => {
                // One that asks for fewer requests is asked nothing more.
                let answered = status.is_some_and(|status| (400..500).contains(&status) && status != 429);
                Err(Unasked { answered, ..unasked(&reason) })
            }
            Ok(Fetched::Held { .. }) => Err(unasked("its host wants to be left alone")),
            Err(_) => Err(unasked(&format!("not asked in time: all together may take {} s", DEADLINE.as_secs()))),
        }
    }

    fn read(&self, candidate: Candidate, (body, bytes): (&Body, &[u8])) -> Result<Feed, (Candidate, ParseError)> {
        match parse(bytes, body.content_type.as_deref(), Some(&body.url), self.now_ms) {
            Ok(document) => {
                let newest_ms = document.entries.iter().filter_map(|entry| entry.published_ms.or(entry.updated_ms)).max();
                // A feed that has moved for good is followed where it is now.
                let url = body.moved_to.clone().unwrap_or_else(|| candidate.url.clone());
                Ok(Feed { candidate: Candidate { url, ..candidate }, document, newest_ms })
            }
            Err(error) => Err((candidate, error)),
        }
    }
}

/// Why an address gave no body.
struct Unasked {
    reason: String,
    answered: bool,
    refused: bool,
}

impl Search {
    /// The best first: articles before comments, live before stale before empty, the page's own word before a guess.
    fn sort(&mut self, now_ms: i64) {
        self.feeds.sort_by_key(|feed| {
            let title = feed.document.title.as_deref().or(feed.candidate.title.as_deref());
            let stale = feed.newest_ms.is_some_and(|newest| newest < now_ms - STALE_MS);
            (discover::is_comments(&feed.candidate.url, title), feed.document.entries.is_empty(), stale, feed.candidate.how)
        });
    }
}
