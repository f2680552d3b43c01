-- An answer that is given again has the form that it had; empty in records of before.
ALTER TABLE idempotency ADD COLUMN content_type TEXT NOT NULL DEFAULT '';
