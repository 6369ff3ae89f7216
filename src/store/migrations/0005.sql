-- Schema 5: where each match went. An alert is raised by a match; a match goes to each sink of its rule in exactly one way.
-- Runs with foreign keys off: `alert` and `delivery` are built anew, since SQLite cannot change a CHECK.

-- Kinds: 'digest' too, which like 'health' has no match behind it.
-- group_key: 'story:N', 'article:N', 'rule:MS' as `group_by` says; 'import:MS'; 'SINK:MS' for a digest.
CREATE TABLE alert_wide (
  n             INTEGER PRIMARY KEY,
  rule          INTEGER NOT NULL REFERENCES rule (n),
  group_key     TEXT NOT NULL,
  version       INTEGER NOT NULL REFERENCES rule_version (n),
  kind          TEXT NOT NULL CHECK (kind IN ('match', 'import', 'health', 'digest')),
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
  known         TEXT,                        -- JSON: what its readers have been told of it, or are about to be
  escalates_ms  INTEGER,                     -- when it rises if nobody has acknowledged it
  acked_ms      INTEGER,
  verdict       TEXT CHECK (verdict IN ('noise', 'useful')),
  UNIQUE (rule, group_key)
) STRICT;
INSERT INTO alert_wide (n, rule, group_key, version, kind, severity, story, article, feed, title, lines, url, published_ms, first_seen_ms, alerted_ms, evidence)
  SELECT n, rule, group_key, version, kind, severity, story, article, feed, title, lines, url, published_ms, first_seen_ms, alerted_ms, evidence FROM alert;
DROP TABLE alert;
ALTER TABLE alert_wide RENAME TO alert;
CREATE INDEX alert_story ON alert (story);
CREATE INDEX alert_article ON alert (article);
CREATE INDEX alert_escalates ON alert (escalates_ms) WHERE escalates_ms IS NOT NULL;

-- occasion: 'new', 'follow-up N', 'reminder'. Held: until when, and why ('pause', 'quiet', 'cooldown', 'digest', 'budget').
-- Merged: the delivery of the digest that tells it.
CREATE TABLE delivery_wide (
  n           INTEGER PRIMARY KEY,
  alert       INTEGER NOT NULL REFERENCES alert (n),
  sink        TEXT NOT NULL,
  occasion    TEXT NOT NULL,
  state       TEXT NOT NULL CHECK (state IN ('pending', 'leased', 'sent', 'dead', 'expired', 'held', 'merged')),
  attempts    INTEGER NOT NULL DEFAULT 0,
  due_ms      INTEGER NOT NULL,
  created_ms  INTEGER NOT NULL,              -- when it was put into the outbox, or let go from being held
  lease_owner TEXT,
  settled_ms  INTEGER,
  receipt     TEXT,
  error       TEXT,
  news        TEXT NOT NULL DEFAULT '[]',    -- JSON array: what a follow-up adds
  held_for    TEXT,
  until_ms    INTEGER,
  digest      INTEGER REFERENCES delivery_wide (n),
  UNIQUE (alert, sink, occasion),
  CHECK ((state = 'held') = (until_ms IS NOT NULL) AND (state = 'held') = (held_for IS NOT NULL)),
  CHECK ((state = 'merged') = (digest IS NOT NULL))
) STRICT;
INSERT INTO delivery_wide (n, alert, sink, occasion, state, attempts, due_ms, created_ms, lease_owner, settled_ms, receipt, error)
  SELECT n, alert, sink, occasion, state, attempts, due_ms, created_ms, lease_owner, settled_ms, receipt, error FROM delivery;
DROP TABLE delivery;
ALTER TABLE delivery_wide RENAME TO delivery;
CREATE INDEX delivery_open ON delivery (sink, due_ms) WHERE state IN ('pending', 'leased');
CREATE INDEX delivery_recent ON delivery (sink, created_ms);
CREATE INDEX delivery_held ON delivery (until_ms) WHERE state = 'held';
CREATE INDEX delivery_digest ON delivery (digest) WHERE digest IS NOT NULL;

-- Expressions whose matches are told to nobody, until a moment. Those of the config stand here too, so that a match can say
-- which one silenced it.
CREATE TABLE mute (
  n         INTEGER PRIMARY KEY,
  expr      TEXT NOT NULL,
  rules     TEXT NOT NULL,                   -- JSON array of ids; empty for all
  feeds     TEXT NOT NULL,                   -- JSON array of names and 'tag:NAME'; empty for all
  origin    TEXT NOT NULL CHECK (origin IN ('config', 'command')),
  since_ms  INTEGER NOT NULL,
  until_ms  INTEGER NOT NULL,
  lifted_ms INTEGER
) STRICT;
CREATE UNIQUE INDEX mute_open ON mute (expr, rules, feeds, origin, until_ms) WHERE lifted_ms IS NULL;

-- Where a match is to go: the sinks of its rule at that time, as a JSON array. NULL: an import's, not yet summed up.
ALTER TABLE match ADD COLUMN sinks TEXT;
UPDATE match SET sinks = (SELECT json_group_array(sink) FROM delivery WHERE alert = match.alert) WHERE alert IS NOT NULL;
DROP INDEX match_untold;
CREATE INDEX match_waiting ON match (rule) WHERE sinks IS NULL;
CREATE INDEX match_seen ON match (seen_ms);

-- Where it went: one row for each (match, sink), from the same transaction. What became of the delivery is the delivery's own.
--   own: it has this delivery to itself.        grouped: an alert of its group tells it, by this delivery.
--   copy: the same text as article `copy_of`.   summary: an import's, told in sum by this delivery.
--   muted: silenced by `mute`.
CREATE TABLE fate (
  article  INTEGER NOT NULL,
  rule     INTEGER NOT NULL,
  sink     TEXT NOT NULL,
  way      TEXT NOT NULL CHECK (way IN ('own', 'grouped', 'copy', 'summary', 'muted')),
  delivery INTEGER REFERENCES delivery (n),
  copy_of  INTEGER,
  mute     INTEGER REFERENCES mute (n),
  PRIMARY KEY (article, rule, sink),
  FOREIGN KEY (article, rule) REFERENCES match (article, rule) ON DELETE CASCADE,
  CHECK ((way = 'muted') = (mute IS NOT NULL) AND (way = 'muted') = (delivery IS NULL)),
  CHECK ((way = 'copy') = (copy_of IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX fate_delivery ON fate (delivery);
CREATE INDEX fate_mute ON fate (mute) WHERE mute IS NOT NULL;
INSERT INTO fate (article, rule, sink, way, delivery)
  SELECT m.article, m.rule, d.sink, iif(a.kind = 'import', 'summary', iif(a.article = m.article, 'own', 'grouped')), d.n
  FROM match m JOIN alert a ON a.n = m.alert JOIN delivery d ON d.alert = a.n;
