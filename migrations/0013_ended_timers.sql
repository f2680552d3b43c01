-- When a step last lost its target or its time: timers of entries until then have ended (R53). NULL: it never did.
ALTER TABLE step ADD COLUMN timers_ended_at BIGINT;
