-- How late each alert is: its article was first offered after this moment, when its feed was read and did not hold it.
-- Null where nothing is known of the time before.
ALTER TABLE alert ADD COLUMN offered_after_ms INTEGER;
