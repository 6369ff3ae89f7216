//! `marsad feed parse`: what marsad reads in a document, entries and defects, before any deduplication. Archives nothing.

use crate::{
    cli::{
        check::counted,
        configuration,
        error::Error,
        output::{Out, Style, table::Table},
        place::Place,
        run,
    },
    engine::{
        alert::json::rfc3339,
        entry::Entry,
        feed::{GONE, Validators},
        identify,
        parse::{Document, Format, Reader, parse},
        publisher::PublisherSchedule,
    },
    net::{
        Fetched,
        client::{Client, Via},
        fetch::Request,
        secrets::Secrets,
    },
};
use serde_json::{Value, json};
use std::io::Read as _;

/// The most bytes of a file or of standard input: as much as `[poll] max_bytes` takes at most by default.
const MAX_BYTES: u64 = 10 << 20;

/// Show what marsad reads in a feed: its entries, and what had to be repaired
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  marsad feed parse https://example.org/rss.xml
  marsad feed parse saved.xml --json
  curl -s https://example.org/rss.xml | marsad feed parse - --content-type 'text/xml; charset=windows-1256'

With --json: {format, reader, title, schedule, older, entries: [{key, guid, title, url, published, updated, text}],
defects: [{kind, detail}]}. The reader is `own`, or `feed-rs` where that alone found entries.")]
pub struct Args {
    /// A file, an address (http or https), or - for standard input
    #[arg(value_name = "FILE|URL|-")]
    source: String,
    /// The Content-Type that the document came with, or would have
    #[arg(long, value_name = "TYPE")]
    content_type: Option<String>,
    /// Whether the address may be on this machine or a private network
    #[arg(long)]
    allow_private: bool,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

/// A document to be read.
struct Raw {
    bytes: Vec<u8>,
    content_type: Option<String>,
    base_url: Option<String>,
}

/// Runs the command.
pub fn run(place: &Place, out: &mut Out, args: &Args) -> Result<(), Error> {
    let raw = read(place, out, args)?;
    let content_type = args.content_type.as_deref().or(raw.content_type.as_deref());
    let parsed = parse(&raw.bytes, content_type, raw.base_url.as_deref(), out.now_ms);
    let document = parsed.map_err(|source| Error::because(format!("cannot read `{}`", args.source), source))?;
    let keys = identify::key_texts(&document.entries);
    if args.json { out.json(&object(&document, &keys)) } else { tell(out, &document, &keys) }
}

fn read(place: &Place, out: &Out, args: &Args) -> Result<Raw, Error> {
    if args.source.starts_with("http://") || args.source.starts_with("https://") {
        return fetch(place, out, args);
    }
    let mut bytes = Vec::new();
    let limit = MAX_BYTES + 1;
    let done = match args.source.as_str() {
        "-" => std::io::stdin().lock().take(limit).read_to_end(&mut bytes),
        path => std::fs::File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes)),
    };
    done.map_err(|source| Error::because(format!("cannot read `{}`", args.source), source))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(Error::failed(format!("`{}` is larger than 10 MiB", args.source)));
    }
    Ok(Raw { bytes, content_type: None, base_url: None })
}

fn fetch(place: &Place, out: &Out, args: &Args) -> Result<Raw, Error> {
    let config = configuration::load_silently(place)?.config;
    let client = Client::new(&config.poll).map_err(|source| Error::because("cannot make the HTTP client", source))?;
    // What the config says of this very address counts here too.
    let known = config.feeds.iter().find(|feed| feed.url == args.source);
    let proxy = known.map_or(&config.poll.proxy, |feed| &feed.access.proxy);
    let secrets = known.filter(|feed| feed.has_secrets()).map(|feed| Secrets::read(feed, run::world(place).credentials.as_deref()));
    let secrets = secrets.transpose().map_err(Error::failed)?;
    let request = Request {
        url: &args.source,
        validators: &Validators::default(),
        validators_url: None,
        known_hash: None,
        doubted: false,
        allow_private: args.allow_private || known.is_some_and(|feed| feed.allow_private),
        now_ms: out.now_ms,
        via: proxy.as_deref().map(|proxy| Via { proxy, feed: known.map_or("parse", |feed| &feed.id) }),
        secrets: secrets.as_ref(),
    };
    let failed = |reason: String| Error::failed(format!("cannot fetch `{}`: {reason}", args.source));
    match run::runtime()?.block_on(client.fetch(&request)) {
        Fetched::Body(body) => {
            let bytes = body.wire.unpack().map_err(|error| failed(error.to_string()))?;
            Ok(Raw { bytes, content_type: body.content_type, base_url: Some(body.url) })
        }
        Fetched::Unchanged { .. } => Err(failed("the server says that nothing has changed, though it was told of nothing".into())),
        Fetched::Gone => Err(failed(GONE.into())),
        Fetched::Refused { reason } => Err(failed(reason).hinted("`--allow-private` is for feeds on your own machine or network")),
        Fetched::Failed { reason, .. } => Err(failed(reason)),
        Fetched::Held { .. } => Err(failed("its host wants to be left alone".into())),
    }
}

fn object(document: &Document, keys: &[String]) -> Value {
    let entry = |(entry, key): (&Entry, &String)| {
        json!({
            "key": key, "guid": entry.guid, "title": entry.title, "url": entry.url, "published": entry.published_ms.and_then(rfc3339),
            "updated": entry.updated_ms.and_then(rfc3339), "text": entry.text,
        })
    };
    json!({
        "format": word(document.format), "reader": reader(document.reader), "title": document.title,
        "schedule": schedule(&document.schedule), "older": document.older,
        "entries": document.entries.iter().zip(keys).map(entry).collect::<Vec<_>>(),
        "defects": document.defects.iter().map(|defect| json!({"kind": defect.kind, "detail": defect.detail})).collect::<Vec<_>>(),
    })
}

/// The publisher's word on its rhythm: seconds, hours and days in UTC, Monday being 0.
fn schedule(schedule: &PublisherSchedule) -> Value {
    let set = |bits: u32| (0..24).filter(|bit| bits >> bit & 1 == 1).collect::<Vec<u32>>();
    json!({
        "ttl_s": schedule.ttl_s, "skip_hours": set(schedule.skip_hours), "skip_days": set(schedule.skip_days.into()),
        "update_every_s": schedule.update_every_s, "update_base": schedule.update_base_ms.and_then(rfc3339),
    })
}

fn reader(reader: Reader) -> &'static str {
    match reader {
        Reader::Own => "own",
        Reader::FeedRs => "feed-rs",
    }
}

/// The short word for a format.
pub fn word(format: Format) -> &'static str {
    match format {
        Format::Rss => "rss",
        Format::Rdf => "rdf",
        Format::Atom => "atom",
        Format::Json => "json",
    }
}

fn tell(out: &mut Out, document: &Document, keys: &[String]) -> Result<(), Error> {
    let count = counted(document.entries.len(), "entry");
    let title = document.title.as_deref().unwrap_or("(no title)");
    out.line(&[Style::Bold.value(title), Style::Dim.part(&format!("  {}, {count}", word(document.format)))])?;
    let mut table = Table::new(&["key", "published", ">text", "title"]);
    for (entry, key) in document.entries.iter().zip(keys) {
        table.row(vec![
            Style::Dim.part(key),
            Style::Plain.part(&entry.published_ms.map_or_else(|| "undated".into(), |at| out.ago(at))),
            Style::Dim.part(&format!("{} B", entry.text.len())),
            Style::Plain.value(&entry.title),
        ]);
    }
    out.table(&table)?;
    for defect in &document.defects {
        out.line(&[Style::Warn.part(defect.kind), Style::Plain.part(": "), Style::Plain.value(&defect.detail)])?;
    }
    Ok(())
}
