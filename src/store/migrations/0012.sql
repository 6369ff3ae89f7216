-- When a feed's older pages were read back to what was seen before the gap: nothing is missing then.
ALTER TABLE gap ADD COLUMN filled_ms INTEGER;
