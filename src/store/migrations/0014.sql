-- Schema 14: what is done most often touches less.
-- The histograms of a feed stand by themselves. Polls that bring nothing leave them as they are, and most polls do.
CREATE TABLE histogram (
  feed       INTEGER PRIMARY KEY REFERENCES feed (n),
  counted_ms INTEGER NOT NULL,               -- an entry of then counts 1
  slots      BLOB NOT NULL,                  -- entries in each hour of the week (UTC), forgotten exponentially: 168 floats
  lateness   BLOB NOT NULL                   -- how long after publication entries are first seen: 20 floats
) STRICT;
INSERT INTO histogram SELECT feed, seen_ms, slots, lateness FROM rhythm;

-- Built anew: without them a page holds fifty rows, and would go on to hold four.
CREATE TABLE rhythm_now (
  feed       INTEGER PRIMARY KEY REFERENCES feed (n),
  since_ms   INTEGER NOT NULL,               -- watched from then
  seen_ms    INTEGER NOT NULL,               -- to then
  pull       REAL NOT NULL,                  -- mean over the week of the square root of entries an hour
  entries    INTEGER,                        -- in the last document
  news_ms    INTEGER,                        -- when it last brought something
  missed     REAL NOT NULL,                  -- entries that were to be expected since
  longest_ms INTEGER NOT NULL,               -- pause between news, fading
  times      INTEGER NOT NULL,               -- polls that brought something
  hurry_ms   INTEGER                         -- after a gap: the longest pause for now
) STRICT;
INSERT INTO rhythm_now SELECT feed, since_ms, seen_ms, pull, entries, news_ms, missed, longest_ms, times, hurry_ms FROM rhythm;
DROP TABLE rhythm;
ALTER TABLE rhythm_now RENAME TO rhythm;

-- Whose turn it is, without a look at all that wait.
CREATE INDEX delivery_turn ON delivery (sink, n, due_ms) WHERE state = 'pending';

-- Whether an alert told of a story already, or a summary will, without a look at all of its matches.
DROP INDEX match_story;
CREATE INDEX match_story ON match (story, rule, alert, (sinks IS NULL));

-- Whether a rule has had its messages of the hour at a sink, without a look at those of other rules and those that wait.
ALTER TABLE delivery ADD COLUMN rule INTEGER REFERENCES rule (n);   -- that of its alert
UPDATE delivery SET rule = (SELECT rule FROM alert WHERE n = delivery.alert);
DROP INDEX delivery_recent;
CREATE INDEX delivery_recent ON delivery (sink, rule, created_ms) WHERE state NOT IN ('held', 'merged');
CREATE INDEX delivery_budget ON delivery (sink, rule, until_ms) WHERE state = 'held' AND held_for = 'budget';
DROP INDEX delivery_digest;
CREATE INDEX delivery_digest ON delivery (digest, rule) WHERE digest IS NOT NULL;
