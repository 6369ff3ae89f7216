-- The archive of marsad, schema 1. Times are Unix milliseconds. Hashes are the first 8 bytes of a SHA-256 as a signed integer.

-- Small facts about the archive itself: 'archive_id' (random, part of every idempotency key).
CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- A feed is its name in the config. One that leaves the config is retired, never deleted: its articles and keys stay.
CREATE TABLE feed (
  n              INTEGER PRIMARY KEY,
  id             TEXT NOT NULL UNIQUE,
  url            TEXT NOT NULL,
  url_override   TEXT,                       -- an adopted redirect; NULL undoes it
  title          TEXT,
  format         TEXT,
  etag           BLOB,
  last_modified  BLOB,
  validators_url TEXT,                       -- the address that etag, last_modified and body_hash belong to
  body_hash      BLOB,
  next_poll_ms   INTEGER NOT NULL,
  last_poll_ms   INTEGER,
  last_ok_ms     INTEGER,
  last_new_ms    INTEGER,
  failures       INTEGER NOT NULL DEFAULT 0,
  last_error     TEXT,
  defects        TEXT,                       -- JSON of the last document: {"kind": count}
  imported_ms    INTEGER,                    -- when its first valid document was read
  retired_ms     INTEGER
) STRICT;
CREATE INDEX feed_due ON feed (next_poll_ms) WHERE retired_ms IS NULL;

-- Articles that tell the same thing. merged_into lets two stories become one without losing an alert's history.
CREATE TABLE story (
  n             INTEGER PRIMARY KEY,
  merged_into   INTEGER REFERENCES story (n),
  first_seen_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE fingerprint (
  kind  INTEGER NOT NULL,
  hash  INTEGER NOT NULL,
  story INTEGER NOT NULL REFERENCES story (n),
  PRIMARY KEY (kind, hash)
) STRICT, WITHOUT ROWID;

-- Title and text as read. published is the publisher's word; first_seen is ours and decides what is new.
CREATE TABLE article (
  n             INTEGER PRIMARY KEY,
  feed          INTEGER NOT NULL REFERENCES feed (n),
  story         INTEGER NOT NULL REFERENCES story (n),
  first_seen_ms INTEGER NOT NULL,
  published_ms  INTEGER,
  updated_ms    INTEGER,
  edited_ms     INTEGER,                     -- when title or text last changed; the text here is the newest
  language      TEXT,
  guid          TEXT,
  url           TEXT,
  author        TEXT,
  categories    TEXT,                        -- JSON array
  title         TEXT NOT NULL,
  text          TEXT NOT NULL                -- last: what comes before it is read without it
) STRICT;
CREATE INDEX article_story ON article (story);

-- Many keys to one article. They outlive pruned articles, so that nothing old comes back as new.
CREATE TABLE entry_key (
  feed    INTEGER NOT NULL REFERENCES feed (n),
  kind    INTEGER NOT NULL,
  hash    INTEGER NOT NULL,
  article INTEGER NOT NULL,
  PRIMARY KEY (feed, kind, hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE rule (
  n          INTEGER PRIMARY KEY,
  id         TEXT NOT NULL UNIQUE,
  retired_ms INTEGER
) STRICT;

-- Each version of a rule's text; every match and alert names the one that decided.
CREATE TABLE rule_version (
  n        INTEGER PRIMARY KEY,
  rule     INTEGER NOT NULL REFERENCES rule (n),
  hash     TEXT NOT NULL,
  source   TEXT NOT NULL,                    -- JSON
  since_ms INTEGER NOT NULL,
  UNIQUE (rule, hash)
) STRICT;

-- The evidence is copied: pruning an article never takes an alert's reason away.
-- group_key: 'story:N', or 'import:MS' for the summary of what feeds already held.
CREATE TABLE alert (
  n             INTEGER PRIMARY KEY,
  rule          INTEGER NOT NULL REFERENCES rule (n),
  group_key     TEXT NOT NULL,
  version       INTEGER NOT NULL REFERENCES rule_version (n),
  kind          TEXT NOT NULL CHECK (kind IN ('match', 'import')),
  severity      TEXT NOT NULL,
  story         INTEGER REFERENCES story (n),
  article       INTEGER,
  feed          TEXT NOT NULL,
  title         TEXT NOT NULL,
  lines         TEXT NOT NULL,               -- JSON array
  url           TEXT,
  published_ms  INTEGER,
  first_seen_ms INTEGER NOT NULL,
  alerted_ms    INTEGER NOT NULL,
  evidence      TEXT NOT NULL,               -- JSON array
  UNIQUE (rule, group_key)
) STRICT;
CREATE INDEX alert_story ON alert (story);
CREATE INDEX alert_article ON alert (article);

-- Every article that a rule held for, and the alert that told it. NULL: an import's, not yet summed up.
CREATE TABLE match (
  article  INTEGER NOT NULL,
  rule     INTEGER NOT NULL REFERENCES rule (n),
  version  INTEGER NOT NULL REFERENCES rule_version (n),
  story    INTEGER NOT NULL,
  alert    INTEGER REFERENCES alert (n),
  seen_ms  INTEGER NOT NULL,
  evidence TEXT NOT NULL,                    -- JSON array
  PRIMARY KEY (article, rule)
) STRICT, WITHOUT ROWID;
CREATE INDEX match_story ON match (story, rule);
CREATE INDEX match_untold ON match (rule) WHERE alert IS NULL;

-- The outbox. occasion: 'new' (later also follow-ups and digests). receipt: what the sink needs to replace its message.
CREATE TABLE delivery (
  n           INTEGER PRIMARY KEY,
  alert       INTEGER NOT NULL REFERENCES alert (n),
  sink        TEXT NOT NULL,
  occasion    TEXT NOT NULL,
  state       TEXT NOT NULL CHECK (state IN ('pending', 'leased', 'sent', 'dead', 'expired')),
  attempts    INTEGER NOT NULL DEFAULT 0,
  due_ms      INTEGER NOT NULL,
  created_ms  INTEGER NOT NULL,
  lease_owner TEXT,
  settled_ms  INTEGER,
  receipt     TEXT,
  error       TEXT,
  UNIQUE (alert, sink, occasion)
) STRICT;
CREATE INDEX delivery_open ON delivery (sink, due_ms) WHERE state IN ('pending', 'leased');

-- Articles the index does not hold yet, or holds in an older text.
CREATE TABLE unindexed (
  article INTEGER PRIMARY KEY
) STRICT;

-- Which words stand in which article. Fed with our own folded words, parted by blanks: the ascii tokenizer leaves every
-- non-ASCII character alone. No positions: a phrase is verified by the matcher on the article itself.
CREATE VIRTUAL TABLE article_fts USING fts5 (
  words, content = '', contentless_delete = 1, tokenize = 'ascii', detail = 'none'
);

-- Each distinct word of the index once, many to a row, parted by line ends: a query's terms are matched against this.
CREATE TABLE word (
  n     INTEGER PRIMARY KEY,
  words TEXT NOT NULL
) STRICT;
