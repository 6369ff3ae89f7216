-- Identity, schema 2: how far each feed's identifiers can be believed, and what became of articles.

-- JSON, pairs of how often each held and failed: identifier, address, title, text.
ALTER TABLE feed ADD COLUMN trust TEXT;
-- When all its identifiers last changed at once, and how many entries that were.
ALTER TABLE feed ADD COLUMN renewed_ms INTEGER;
ALTER TABLE feed ADD COLUMN renewed INTEGER;

-- How often it came under other identifiers.
ALTER TABLE article ADD COLUMN renewals INTEGER NOT NULL DEFAULT 0;

-- What each revision of an article changed, the first and the newest of them. NULL: it stayed. Goes with its article.
CREATE TABLE revision (
  article      INTEGER NOT NULL,
  n            INTEGER NOT NULL,             -- counts from 1; a gap is of those that were dropped
  seen_ms      INTEGER NOT NULL,
  title        TEXT,                         -- as it was before; so for all of these
  url          TEXT,
  published_ms INTEGER,
  text_at      INTEGER,                      -- where the text changed, in bytes
  text_old     TEXT,                         -- what stood there
  text_new     TEXT,                         -- what stands there
  PRIMARY KEY (article, n)
) STRICT, WITHOUT ROWID;
