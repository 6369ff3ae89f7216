-- Schema 13: the register takes the place of `entry_key` and `fingerprint`, whose rows are moved and which then go. In those each
-- new row fell on a page of its own somewhere in the table, so that an article cost more the more were archived.

-- The newest entries, as they came: `store::register::pack` says how they are written.
CREATE TABLE register (
  n       INTEGER PRIMARY KEY,
  entries BLOB NOT NULL
) STRICT;

-- Older ones, many at a time: a later run is believed before an earlier one.
CREATE TABLE register_run (
  n       INTEGER PRIMARY KEY,
  entries INTEGER NOT NULL,                  -- how many
  filter  BLOB NOT NULL                      -- tells of most keys that are not in it that they are not
) STRICT;

-- Their entries by hash: n is that of the run, then the first 13 bits of the hash.
CREATE TABLE register_part (
  n       INTEGER PRIMARY KEY,
  entries BLOB NOT NULL
) STRICT;
