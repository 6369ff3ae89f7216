-- Servers that say "unchanged" (304) of a document that has changed.

ALTER TABLE feed ADD COLUMN frozen_ms INTEGER;             -- since when the feed's server does; null while its word is good
