-- Inbound turns: which thread of a channel is which conversation, which message was taken in already, where the new
-- conversations of an agent enter, why a message moved its conversation or did not, and the connections of channels.

-- A thread at a channel is one conversation, however many of its messages arrive at once. `connection_id` is that of a
-- channel connection, or an agent's for what clients say through POST /agents/{id}/query.
CREATE TABLE thread (
    organization_id TEXT NOT NULL REFERENCES organization (id),
    connection_id TEXT NOT NULL,
    external_id TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    PRIMARY KEY (organization_id, connection_id, external_id)
) {clustered};
CREATE INDEX thread_by_conversation ON thread (organization_id, conversation_id);

-- A provider delivers a message more than once; it is stored once (R113). Providers also report by this id what became
-- of a message that was sent.
ALTER TABLE message ADD COLUMN connection_id TEXT;
ALTER TABLE message ADD COLUMN delivery TEXT;
ALTER TABLE message ADD COLUMN delivery_error TEXT;
CREATE UNIQUE INDEX message_by_external_id ON message (organization_id, connection_id, external_id)
    WHERE connection_id IS NOT NULL AND external_id IS NOT NULL;

-- Where new conversations of the agent enter (R5).
ALTER TABLE agent ADD COLUMN crm_scenario_id TEXT;
ALTER TABLE agent ADD COLUMN crm_step_id TEXT;

-- The judgement of the latest message about the triggers of the scenario, and the one that caused a stay (R114).
ALTER TABLE placement ADD COLUMN last_judgement TEXT;
ALTER TABLE stay ADD COLUMN judgement TEXT;

-- Whose silence the timer of the step waits for; null: nobody's, it counts the time in the step (R52).
ALTER TABLE step ADD COLUMN inactivity_condition_type TEXT
    CHECK (inactivity_condition_type IN ('user_silence', 'silence'));

-- A provider's account through which an agent is reached. `secrets` are sealed with the key file.
CREATE TABLE channel_connection (
    organization_id TEXT NOT NULL REFERENCES organization (id),
    id TEXT NOT NULL,
    agent_id TEXT NOT NULL,
    type TEXT NOT NULL,
    enabled BOOLEAN NOT NULL,
    phone_number_id TEXT,
    phone_number TEXT,
    secrets TEXT NOT NULL,
    next_send_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, id)
) {clustered};
-- Without an organization: a provider names its connection before anybody knows whose it is.
CREATE UNIQUE INDEX channel_connection_by_id ON channel_connection (id);
CREATE INDEX channel_connection_by_agent ON channel_connection (organization_id, agent_id, id);
