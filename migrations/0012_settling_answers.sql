-- Until when what the answer tells of may still come to its end, and the answer be recorded anew; NULL: it has.
ALTER TABLE idempotency ADD COLUMN settles_until BIGINT;
