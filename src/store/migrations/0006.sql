-- Manners: what the publisher says of its rhythm, what its server says of a move or of its end, and hosts that want to be left alone.

ALTER TABLE feed ADD COLUMN ttl_s INTEGER;
ALTER TABLE feed ADD COLUMN update_every_s INTEGER;
ALTER TABLE feed ADD COLUMN skip_hours INTEGER NOT NULL DEFAULT 0;
ALTER TABLE feed ADD COLUMN skip_days INTEGER NOT NULL DEFAULT 0;
ALTER TABLE feed ADD COLUMN whole_ms INTEGER;              -- when a whole body came last
ALTER TABLE feed ADD COLUMN said TEXT;                     -- '410' or the target of a permanent redirect, until it is believed
ALTER TABLE feed ADD COLUMN said_times INTEGER;
ALTER TABLE feed ADD COLUMN said_since_ms INTEGER;
ALTER TABLE feed ADD COLUMN moved_ms INTEGER;              -- when url_override was adopted
ALTER TABLE feed ADD COLUMN stays_from TEXT;               -- the address that the user sent it back from
UPDATE feed SET whole_ms = last_ok_ms;

-- Hosts that asked for a pause (429) or could not be reached. One that answers is forgotten.
CREATE TABLE host (
  name     TEXT PRIMARY KEY,                 -- as engine::manners::host::name_of
  times    INTEGER NOT NULL,
  until_ms INTEGER NOT NULL,
  asked    INTEGER NOT NULL                  -- whether it asked for the pause itself (429)
) STRICT, WITHOUT ROWID;
