-- What keeps a database that grows in shape: what of the events is gone, and how soon PostgreSQL clears up.

-- Behind the last event of the organization that was erased because of its age. Whoever comes with a cursor from before it
-- is told, instead of missing something silently. Organizations of which nothing was erased have no row.
CREATE TABLE event_horizon (
    organization_id TEXT NOT NULL,
    epoch BIGINT NOT NULL,
    transaction_id BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    PRIMARY KEY (organization_id)
) {clustered};

{postgres
-- Jobs live for seconds and their table stays small, so a fifth of it is soon dead: clear up after some hundred rows. Half
-- empty pages let a changed row stay where it is.
ALTER TABLE job SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500,
    autovacuum_analyze_scale_factor = 0.1, autovacuum_vacuum_cost_delay = 0);
ALTER TABLE placement SET (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE conversation SET (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE delivery SET (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE member_load SET (fillfactor = 50, autovacuum_vacuum_threshold = 200, autovacuum_vacuum_cost_delay = 0);
ALTER TABLE webhook_cursor SET (fillfactor = 50, autovacuum_vacuum_threshold = 200, autovacuum_vacuum_cost_delay = 0);
-- Events and idempotency records are only added and erased: what is added has to be known to the planner, and frozen
-- pages early, rather than all at once in a table that has become large.
ALTER TABLE event SET (autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_analyze_scale_factor = 0.02);
ALTER TABLE idempotency SET (autovacuum_vacuum_scale_factor = 0.05);
}
