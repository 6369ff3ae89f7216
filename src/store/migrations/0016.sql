-- Schema 16: the entries of a feed's last document that are written as before are not read again.
CREATE TABLE reading (
  feed     INTEGER PRIMARY KEY REFERENCES feed (n),
  readings BLOB NOT NULL                     -- for each of the first 512 a hash of how it is written, and its key of kind 3: 8 bytes each
) STRICT;
