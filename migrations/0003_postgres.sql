-- What a database with many writers needs. `{transaction}` is the number of the transaction that stores the row; an SQLite
-- file has one writer, whose events are ordered by their sequence alone.

-- PostgreSQL hands out sequence numbers before the commit, so an event may appear behind others that were read already.
-- In the order of transactions, read up to the oldest that still runs, none is ever skipped.
ALTER TABLE event ADD COLUMN transaction_id {transaction};
DROP INDEX event_by_organization;
CREATE INDEX event_by_organization ON event (organization_id, transaction_id, sequence);

-- One row. The epoch counts the lives of this installation: one that is brought back on another server begins a new
-- one, because the numbers of transactions begin anew there.
CREATE TABLE installation (
    id TEXT NOT NULL PRIMARY KEY CHECK (id = 'this'),
    epoch BIGINT NOT NULL,
    server_id TEXT NOT NULL
) {clustered};
INSERT INTO installation (id, epoch, server_id) VALUES ('this', 1, '');
