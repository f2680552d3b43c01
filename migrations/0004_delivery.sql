-- Work that leaves the process: jobs with leases, webhooks and what is sent to them, tokens of live streams.

-- Outside jobs wait for the world, so their row stays while an attempt is under way: `leased_by` names the attempt, and
-- `due_at` is when it counts as lost. `target` is the host that is called, of which each takes only some at a time.
ALTER TABLE job ADD COLUMN is_outside BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE job ADD COLUMN target TEXT;
ALTER TABLE job ADD COLUMN leased_by TEXT;
DROP INDEX job_due;
CREATE INDEX job_due ON job (organization_id, is_outside, due_at, id) WHERE state = 'pending';

-- Endpoints of the organization. `events` is null for all types. `failures` counts the attempts that failed in a row.
CREATE TABLE webhook (
    organization_id TEXT NOT NULL,
    id TEXT NOT NULL,
    url TEXT NOT NULL,
    events TEXT,
    secret TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('active', 'paused', 'disabled')),
    state_reason TEXT,
    failures BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, id)
) {clustered};

-- How far the events of an organization have become deliveries. Organizations without endpoints have no row.
CREATE TABLE webhook_cursor (
    organization_id TEXT NOT NULL,
    epoch BIGINT NOT NULL,
    transaction_id BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    PRIMARY KEY (organization_id)
) {clustered};

-- Agents that had a receiver before are told what happens from now on.
INSERT INTO webhook_cursor (organization_id, epoch, transaction_id, sequence)
SELECT organization_id, (SELECT epoch FROM installation), (SELECT COALESCE(max(transaction_id), 0) FROM event),
    (SELECT COALESCE(max(sequence), 0) FROM event) FROM agent
WHERE config_url_infos_system_external IS NOT NULL AND deleted_at IS NULL GROUP BY organization_id;

-- What is to be sent, or was: to an endpoint, a step's webhook or an agent's. Those of one source and lane go one after the
-- other. `address` and `headers` are null for endpoints, which are looked up at each attempt.
CREATE TABLE delivery (
    organization_id TEXT NOT NULL,
    id TEXT NOT NULL,
    source TEXT NOT NULL CHECK (source IN ('endpoint', 'step', 'agent')),
    source_id TEXT NOT NULL,
    lane TEXT NOT NULL,
    webhook_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    address TEXT,
    headers TEXT,
    payload TEXT NOT NULL,
    stay_id TEXT,
    state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'failed')),
    failed_attempts BIGINT NOT NULL,
    attempts TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    delivered_at BIGINT,
    PRIMARY KEY (organization_id, id)
) {clustered};
CREATE INDEX delivery_waiting ON delivery (organization_id, source_id, lane, id) WHERE state = 'pending';
CREATE INDEX delivery_by_source ON delivery (organization_id, source_id, id);
CREATE INDEX delivery_by_webhook_id ON delivery (organization_id, source_id, webhook_id, id);
CREATE INDEX delivery_by_time ON delivery (organization_id, created_at);

-- Opens the live stream for browsers, which cannot send a key in a header. Found by its hash before anybody knows whose it
-- is.
CREATE TABLE stream_token (
    organization_id TEXT NOT NULL,
    hash TEXT NOT NULL,
    key_id TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, hash)
) {clustered};
CREATE INDEX stream_token_by_hash ON stream_token (hash);
