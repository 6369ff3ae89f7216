-- What is learned of each feed, so that it is polled when it is worth a request.
CREATE TABLE rhythm (
  feed     INTEGER PRIMARY KEY REFERENCES feed (n),
  since_ms INTEGER NOT NULL,                 -- watched from then
  seen_ms  INTEGER NOT NULL,                 -- to then
  slots    BLOB NOT NULL,                    -- entries in each hour of the week (UTC), forgotten exponentially: 168 floats
  pull     REAL NOT NULL,                    -- mean over the week of the square root of entries an hour
  lateness BLOB NOT NULL,                    -- how long after publication entries are first seen: 20 floats
  entries  INTEGER                           -- in the last document
) STRICT;
