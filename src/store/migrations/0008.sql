-- Stories, schema 8: what the newest articles are found by, and which of all articles are copies.

-- Four bytes a hash, little end first. Goes after a week.
CREATE TABLE sketch (
  article INTEGER PRIMARY KEY,
  seen_ms INTEGER NOT NULL,
  terms   BLOB NOT NULL,                     -- the distinct words it begins with
  keys    BLOB NOT NULL                      -- a few of its word triples
) STRICT;

-- An article whose text is another's: mirrored, edited, cut short. The original is no copy itself; it may have been pruned.
CREATE TABLE copy (
  article  INTEGER PRIMARY KEY,
  original INTEGER NOT NULL
) STRICT;

CREATE INDEX story_merged ON story (merged_into) WHERE merged_into IS NOT NULL;
