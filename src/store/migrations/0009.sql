-- What is known of each sink's other side, and where a delivery went that its own sink could not make.

-- A sink by its name in the config. rests_until_ms: no call before then; 0 for none.
CREATE TABLE sink (
  name            TEXT PRIMARY KEY,
  failures        INTEGER NOT NULL DEFAULT 0,  -- in a row
  rests_until_ms  INTEGER NOT NULL DEFAULT 0,
  last_ok_ms      INTEGER,
  last_failure_ms INTEGER,
  last_error      TEXT
) STRICT, WITHOUT ROWID;

-- A delivery that died or expired, and the delivery of the same alert to the fallback of its sink.
CREATE TABLE passed_on (
  delivery INTEGER PRIMARY KEY REFERENCES delivery (n),
  fallback INTEGER NOT NULL REFERENCES delivery (n)
) STRICT;
