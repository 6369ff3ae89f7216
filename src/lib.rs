//! marsad (Arabic مرصد, "observatory"): a streaming news monitor.
//!
//! It runs in the background, polls news feeds, recognises the same story wherever it appears, matches keyword rules that
//! work in the language of the article, raises alerts that are never lost, and archives everything to one SQLite file.
//! This page is the architecture; read it, then the rooms in the order below.
//!
//! # The straight line
//!
//! ```text
//!   config/*.toml ── config::load ──► Config (immutable, Arc; swapped whole on reload)
//!                                        │
//!   ┌─ daemon::poll ─────────────────────┼──────────────────────────────────────┐      ┌─ daemon::deliver ─┐
//!   │ due? ─► net::fetch ─► engine::parse ─► recognise ─► ┌─ ONE TRANSACTION ─┐ │      │ claim ─► sink ─►  │
//!   │ (SQL)   HTTP          bytes → text →   keys,        │ store::ingest:    │ │ wake │ settle            │
//!   │                       entries          prints,      │ stories, matches, │ ├─────►│ (delivery rows)   │
//!   │                                        rules        │ alerts, outbox,   │ │      └───────────────────┘
//!   │                                                     │ feed cursor       │ │      ┌─ daemon::upkeep ──┐
//!   └─────────────────────────────────────────────────────┴───────────────────┴─┴─────►│ index, summaries, │
//!                                                                                      │ retention         │
//!                cli: reads the same file (WAL); marks, mutes and pauses are short     └───────────────────┘
//!                     transactions of their own
//! ```
//!
//! # Reading order
//!
//! 1. [`engine`]: what everything means. The nouns in [`engine::feed`], [`engine::entry`], [`engine::rule`] and
//!    [`engine::alert`]; then [`engine::parse`], [`engine::identify`], [`engine::lang`] and [`engine::rule`] for the decisions.
//! 2. `src/store/migrations/0001.sql`: the schema, which holds what must be unique; then [`store::ingest`], the transaction.
//! 3. [`daemon::poll`], [`daemon::ingest`] with [`daemon::recognise`], and [`daemon::deliver`]: the line above, top to bottom.
//! 4. [`config`], [`net`], [`sink`]: the world's edges. [`cli`]: what a person sees.
//!
//! # Rules and languages
//!
//! ```text
//!   RuleSpec, Lexicon ──► rule::syntax ──► rule::expr ──► rule::compile ──► Ruleset: one automaton, one plan a rule
//!                         letters          a tree         terms → words                 (rule::scan, rule::plan)
//!
//!   article ──► lang::fold ──► scan: stems, and what stands round each ──► judge, of rules that were woken ──► Match
//! ```
//!
//! [`engine::lang`] knows words, [`engine::rule`] knows what is asked of them.
//!
//! - `lang::fold` makes text comparable in one pass, with a map back to its bytes. `lang::<language>` is one room a language:
//!   which stems a word of a term has, and whether what stands round a stem in a written word makes a form of it. No word of an
//!   article is ever stemmed, and no forms are listed but those of `lang::forms`: what no grammar knows, from a short list
//!   that ships and one that is built on the user's machine. `lang::guess` says which languages a term may belong to; an
//!   article's language is never guessed, and never decides whether a term may match.
//! - [`engine::rule::syntax`] reads an expression or a list, [`engine::rule::expr`] is its tree and prints itself back.
//!   `compile` makes it a `plan` over the ids of terms (`term`), and names every problem. For the first article each word of a term
//!   gets its stems (`part`, `pattern`, `typo`), and all of them one automaton. `scan` finds all terms of all rules in one pass,
//!   over the words that are not known to hold none (`quiet`), and wakes the rules that one of them speaks for; `judge` decides and
//!   gives evidence, with `near` for windows and `number` for figures.
//! - `explain` and `why_not` ask the same judge clause by clause. `vocabulary` turns a rule into a question to the index, which
//!   finds never less than the rule does; [`store::search`] lets the judge confirm each answer. `show` tells how a rule was
//!   read, [`engine::rule::lint`] what is odd about it.
//!
//! # Stories
//!
//! [`engine::story`] tells copies, stories and look-alikes apart, two articles at a time. [`store::recent`] keeps what the newest
//! articles are found by, so that a new one is compared with a handful of them, whatever the archive holds; [`store::story`] decides
//! inside the transaction, on the archived texts. An article that joins a told story raises nothing; the alert grows. An address
//! or a text that a feed gives to all its news is no sign of a copy ([`engine::identify::set_apart`]).
//!
//! # From a match to a message
//!
//! [`engine::alert::policy`] is what a user says of a rule's alerts: grouping, cooldown, follow-ups, escalation, quiet hours,
//! budgets, digests. [`store::raise`] settles each match inside the transaction: it raises an alert, joins one that was told, or
//! is muted; [`engine::alert::news`] says what a follow-up has to tell. [`store::hold`] keeps what waits until its hour and
//! gathers digests; a document of which very many articles match is one at once, when all of it is archived. Each match ends in
//! one row of [`store::fate`] for each sink, and [`store::audit`] shows that as much went out as came in. Mutes
//! ([`engine::alert::mute`]), marks ([`store::mark`]) and pauses ([`store::pause`]) also come from the command line.
//!
//! # When a feed is asked, and what is not seen
//!
//! [`engine::schedule`] learns each feed's rhythm and says when a request is worth it, [`engine::manners`] from when on it is
//! allowed; `daemon::pace` keeps the budget. Of a document that has changed, entries that are written as before are not read again
//! ([`store::reading`]). A 304 is not always believed: [`engine::manners::frozen`]. [`engine::gap`] tells from
//! two documents that entries may have scrolled out between them; [`daemon::backfill`] reads the feed's older pages then, where it
//! has some. [`engine::health`] judges what is known of all feeds and rules, and [`store::health`] keeps each condition open until it
//! ends, so that it is told once. An archive that takes nothing in is told past it (`daemon::full`), and no feed is asked
//! meanwhile. What waits moves with a clock that is set back ([`store::setback`]).
//!
//! # What a start finds
//!
//! The lock file tells how the process before ended ([`store::lock`]). By that a start looks at the archive
//! ([`store::soundness`]), puts the newest of the daily copies ([`daemon::backup`], [`store::backups`]) in the place of a damaged
//! one ([`store::rescue`], [`daemon::rescue`]), or asks no feed for a while ([`daemon::safe`]). An archive of an earlier schema is
//! brought up to date, which [`daemon::migration`] tells. [`daemon::metrics`] counts what the stages report. What no look shows, a
//! statement that fails may ([`store::soundness::blame`]): the daemon ends then, and the next start goes back. A value that makes
//! no sense within a sound file is left out alone ([`store::json`]).
//!
//! # Invariants
//!
//! 1. Everything that decides is a pure synchronous function in [`engine`], with `now` and seeds as arguments.
//! 2. The database is the only queue: `feed.next_poll_ms` is the poll queue, `delivery` rows are the outbox. There are no
//!    channels between stages, so a kill at any point loses nothing.
//! 3. One thread owns the write connection ([`store::writer`]). Jobs that are ready together share one commit. What is dear
//!    (parsing, folding, matching) is computed before, outside the transaction. A document with more than fifty new entries
//!    is archived in parts, the feed's cursor with the last, so that no other feed's alert waits for all of it.
//! 4. Uniqueness is in the schema, and asked for in the INSERT: a rule's alert for a story, an alert's delivery to a sink. By
//!    what articles are known stands in the [`store::register`], written in the transaction of the article.
//! 5. Delivery is claim (lease) → act → settle, at least once, with archive, alert and occasion as idempotency key. A lane for
//!    each sink keeps its pace ([`engine::bucket`]), rests when the other side fails ([`engine::breaker`]) and climbs the ladder
//!    of [`engine::retry`]; what it gives up is a dead letter, and is told on the sink's fallback. No network call happens
//!    inside a transaction.
//! 6. No loop sleeps longer than 30 s without reading again what is due: laptops suspend, clocks step. Due times are
//!    wall-clock times in the database.
//! 7. Nothing is dropped in silence: each stage gives a report value, and log line, progress and test are renderings of it.
//! 8. An alert's evidence is copied into it, and names the version of the rule that decided.
//!
//! # Layers
//!
//! | layer | may use | never uses |
//! | --- | --- | --- |
//! | 0 `engine` | std and pure crates | tokio, rusqlite, reqwest, tracing, a clock, any other layer |
//! | 1 `config` | engine | 2, 3 |
//! | 2 `store`, `net`, `sink` | engine, config | each other, 3 |
//! | 3 `daemon`, `cli` | all below; `cli` calls `daemon` | |
//!
//! A test holds the sources to this table (`tests/it/layers.rs`), `.clippy.toml` the rest. [`abort`] lies below all: points at
//! which tests kill the process.
//!
//! There is no event bus, no actor, no trait for HTTP or the database, no unbounded queue, no global config or clock; the one
//! trait is [`sink::Sink`].

#![forbid(unsafe_code)]

pub mod abort;
pub mod cli;
pub mod config;
pub mod daemon;
pub mod engine;
pub mod net;
pub mod sink;
pub mod store;
