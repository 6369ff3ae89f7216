-- How long a feed has brought nothing, and what it may have brought unseen.

ALTER TABLE rhythm ADD COLUMN news_ms INTEGER;                     -- when it last brought something
ALTER TABLE rhythm ADD COLUMN missed REAL NOT NULL DEFAULT 0;      -- entries that were to be expected since
ALTER TABLE rhythm ADD COLUMN longest_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rhythm ADD COLUMN times INTEGER NOT NULL DEFAULT 0;     -- polls that brought something
ALTER TABLE rhythm ADD COLUMN hurry_ms INTEGER;                    -- after a gap: the longest pause for now

-- Entries of this time may have scrolled out of the feed's document before it was read.
CREATE TABLE gap (
  feed    INTEGER NOT NULL REFERENCES feed (n),
  from_ms INTEGER NOT NULL,
  to_ms   INTEGER NOT NULL,
  seen_ms INTEGER NOT NULL,                  -- when it was found
  PRIMARY KEY (feed, from_ms)
) STRICT, WITHOUT ROWID;
