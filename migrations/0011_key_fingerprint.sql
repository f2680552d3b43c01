-- Tells the key that seals secrets from another one, and nothing else about it. NULL until a server has started.
ALTER TABLE installation ADD COLUMN key_fingerprint TEXT;
