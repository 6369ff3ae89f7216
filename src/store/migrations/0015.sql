-- Schema 15: what was tried in one message is tried again in that one, so that it bears the same key.
ALTER TABLE delivery ADD COLUMN batch INTEGER REFERENCES delivery (n); -- the first delivery of that message
