-- Schema 3: alerts of marsad about itself. The table is built anew, since SQLite cannot change a CHECK; columns as in 0001.
-- Runs with foreign keys off: rows of `match` and `delivery` go on pointing at the same numbers.

CREATE TABLE alert_wide (
  n             INTEGER PRIMARY KEY,
  rule          INTEGER NOT NULL REFERENCES rule (n),
  group_key     TEXT NOT NULL,               -- also 'ABOUT:KIND:SINCE' of the condition that a health alert tells
  version       INTEGER NOT NULL REFERENCES rule_version (n),
  kind          TEXT NOT NULL CHECK (kind IN ('match', 'import', 'health')),
  severity      TEXT NOT NULL,
  story         INTEGER REFERENCES story (n),
  article       INTEGER,
  feed          TEXT NOT NULL,
  title         TEXT NOT NULL,
  lines         TEXT NOT NULL,
  url           TEXT,
  published_ms  INTEGER,
  first_seen_ms INTEGER NOT NULL,
  alerted_ms    INTEGER NOT NULL,
  evidence      TEXT NOT NULL,
  UNIQUE (rule, group_key)
) STRICT;
INSERT INTO alert_wide (n, rule, group_key, version, kind, severity, story, article, feed, title, lines, url, published_ms, first_seen_ms, alerted_ms, evidence)
  SELECT n, rule, group_key, version, kind, severity, story, article, feed, title, lines, url, published_ms, first_seen_ms, alerted_ms, evidence FROM alert;
DROP TABLE alert;
ALTER TABLE alert_wide RENAME TO alert;
CREATE INDEX alert_story ON alert (story);
CREATE INDEX alert_article ON alert (article);

-- What is wrong with a feed, a rule or marsad itself: open until it ends, and told once. NULL in alert: it was not to be told.
CREATE TABLE condition (
  n        INTEGER PRIMARY KEY,
  about    TEXT NOT NULL,                    -- 'feed:NAME', 'rule:ID', 'config', 'archive', 'network'
  kind     TEXT NOT NULL,
  since_ms INTEGER NOT NULL,
  title    TEXT NOT NULL,
  ended_ms INTEGER,
  alert    INTEGER REFERENCES alert (n)
) STRICT;
CREATE UNIQUE INDEX condition_open ON condition (about, kind) WHERE ended_ms IS NULL;
