-- The first schema. One text for both databases: `{clustered}`, `{sequence}` and `{blob}` are replaced at migration time.
-- Every key begins with organization_id, so that the data can be distributed by tenant. Times are milliseconds UTC.

CREATE TABLE organization (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL
) {clustered};

-- A person, who may be a member of several organizations.
CREATE TABLE app_user (
    id TEXT NOT NULL PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL
) {clustered};

CREATE TABLE membership (
    organization_id TEXT NOT NULL REFERENCES organization (id),
    id TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES app_user (id),
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('OWNER', 'ADMIN', 'USER')),
    disabled BOOLEAN NOT NULL,
    accepted_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    deleted_at BIGINT,
    PRIMARY KEY (organization_id, id)
) {clustered};
-- A removed member may be invited again.
CREATE UNIQUE INDEX membership_by_email ON membership (organization_id, email) WHERE deleted_at IS NULL;

-- What fair distribution compares (R64): kept by the one function that changes assignees or status, never counted.
CREATE TABLE member_load (
    organization_id TEXT NOT NULL,
    membership_id TEXT NOT NULL,
    open BIGINT NOT NULL,
    last_assigned_at BIGINT,
    PRIMARY KEY (organization_id, membership_id),
    FOREIGN KEY (organization_id, membership_id) REFERENCES membership (organization_id, id)
) {clustered};

CREATE TABLE api_key (
    organization_id TEXT NOT NULL REFERENCES organization (id),
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    hash TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    last_used_at BIGINT,
    revoked_at BIGINT,
    PRIMARY KEY (organization_id, id)
) {clustered};
-- The one unique key without an organization: a request names its key before anybody knows whose it is.
CREATE UNIQUE INDEX api_key_by_hash ON api_key (hash);

CREATE TABLE agent (
    organization_id TEXT NOT NULL REFERENCES organization (id),
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    handle TEXT,
    icon_url TEXT,
    model_name TEXT NOT NULL,
    temperature DOUBLE PRECISION NOT NULL,
    visibility TEXT NOT NULL,
    system_prompt TEXT,
    enable_inactive_hours BOOLEAN,
    inactive_hours TEXT,
    interface_config TEXT NOT NULL,
    config_url_external TEXT,
    config_url_infos_system_external TEXT,
    tools TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    deleted_at BIGINT,
    PRIMARY KEY (organization_id, id)
) {clustered};
CREATE UNIQUE INDEX agent_by_handle ON agent (organization_id, handle) WHERE deleted_at IS NULL;

CREATE TABLE scenario (
    organization_id TEXT NOT NULL REFERENCES organization (id),
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    position BIGINT NOT NULL,
    show_inactive_conversations BOOLEAN NOT NULL,
    allowed_user_ids TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    deleted_at BIGINT,
    PRIMARY KEY (organization_id, id)
) {clustered};

CREATE TABLE step (
    organization_id TEXT NOT NULL,
    id TEXT NOT NULL,
    scenario_id TEXT NOT NULL,
    name TEXT NOT NULL,
    position BIGINT NOT NULL,
    trigger_condition TEXT,
    prompt TEXT,
    initial_message TEXT,
    auto_next_step_id TEXT,
    auto_next_time BIGINT CHECK (auto_next_time > 0),
    auto_next_time_unit TEXT,
    default_status TEXT,
    default_priority TEXT,
    default_ai_control BOOLEAN,
    assignee_logic_type TEXT,
    selected_membership_ids_for_assignee TEXT,
    fallback_membership_ids TEXT,
    is_required BOOLEAN NOT NULL,
    is_conversation_removal_step BOOLEAN NOT NULL,
    default_tags TEXT,
    default_tags_to_remove TEXT,
    request_contact TEXT,
    zapi TEXT,
    whatsapp TEXT,
    webhook_url TEXT,
    webhook_header TEXT,
    agent_id TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    deleted_at BIGINT,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, scenario_id) REFERENCES scenario (organization_id, id)
) {clustered};
CREATE INDEX step_by_scenario ON step (organization_id, scenario_id, position);

CREATE TABLE contact (
    organization_id TEXT NOT NULL REFERENCES organization (id),
    id TEXT NOT NULL,
    email TEXT,
    phone_number TEXT,
    first_name TEXT,
    last_name TEXT,
    external_id TEXT,
    picture TEXT,
    metadata TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, id)
) {clustered};
CREATE INDEX contact_by_email ON contact (organization_id, email);
CREATE INDEX contact_by_phone_number ON contact (organization_id, phone_number);
CREATE INDEX contact_by_external_id ON contact (organization_id, external_id);

CREATE TABLE conversation (
    organization_id TEXT NOT NULL REFERENCES organization (id),
    id TEXT NOT NULL,
    title TEXT,
    channel TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('RESOLVED', 'UNRESOLVED', 'HUMAN_REQUESTED')),
    priority TEXT NOT NULL CHECK (priority IN ('LOW', 'MEDIUM', 'HIGH')),
    is_ai_enabled BOOLEAN NOT NULL,
    agent_id TEXT,
    contact_id TEXT,
    visitor_id TEXT,
    channel_external_id TEXT NOT NULL,
    ai_user_identifier TEXT,
    metadata TEXT,
    is_group BOOLEAN NOT NULL,
    blocked BOOLEAN NOT NULL,
    unread_messages_count BIGINT NOT NULL,
    frustration DOUBLE PRECISION NOT NULL,
    nps_step BIGINT NOT NULL,
    nps_rating BIGINT,
    nps_comment TEXT,
    nps_started_at BIGINT,
    nps_completed_at BIGINT,
    last_inbound_at BIGINT,
    last_human_interaction_at BIGINT,
    entry_seq BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, id)
) {clustered};
CREATE INDEX conversation_by_time ON conversation (organization_id, created_at, id);
CREATE INDEX conversation_by_agent ON conversation (organization_id, agent_id, created_at, id);
CREATE INDEX conversation_by_contact ON conversation (organization_id, contact_id);

CREATE TABLE conversation_assignee (
    organization_id TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    membership_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, conversation_id, membership_id),
    FOREIGN KEY (organization_id, conversation_id) REFERENCES conversation (organization_id, id)
) {clustered};
CREATE INDEX conversation_assignee_by_member ON conversation_assignee (organization_id, membership_id, conversation_id);

CREATE TABLE conversation_tag (
    organization_id TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    tag TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, conversation_id, tag),
    FOREIGN KEY (organization_id, conversation_id) REFERENCES conversation (organization_id, id)
) {clustered};
CREATE INDEX conversation_tag_by_tag ON conversation_tag (organization_id, tag, conversation_id);

CREATE TABLE conversation_variable (
    organization_id TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    var_name TEXT NOT NULL,
    var_value TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, conversation_id, var_name),
    FOREIGN KEY (organization_id, conversation_id) REFERENCES conversation (organization_id, id)
) {clustered};

-- The organization's tags; a tag first used on a conversation joins them.
CREATE TABLE tag (
    organization_id TEXT NOT NULL REFERENCES organization (id),
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    color TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, id)
) {clustered};
CREATE UNIQUE INDEX tag_by_name ON tag (organization_id, name);

CREATE TABLE message (
    organization_id TEXT NOT NULL,
    id TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    sender TEXT NOT NULL CHECK (sender IN ('human', 'agent')),
    text TEXT NOT NULL,
    agent_id TEXT,
    contact_id TEXT,
    visitor_id TEXT,
    metadata TEXT,
    is_read BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, conversation_id) REFERENCES conversation (organization_id, id)
) {clustered};
CREATE INDEX message_by_conversation ON message (organization_id, conversation_id, id);

-- One conversation in one scenario (I2). At most one placement of a conversation is available (I1).
CREATE TABLE placement (
    organization_id TEXT NOT NULL,
    id TEXT NOT NULL,
    scenario_id TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    step_id TEXT,
    available BOOLEAN NOT NULL,
    entry_seq BIGINT NOT NULL,
    entered_at BIGINT NOT NULL,
    due_at BIGINT,
    responding_agent_id TEXT,
    active_stay_id TEXT,
    visited_step_ids TEXT NOT NULL,
    timer_hops BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, id),
    CHECK (due_at IS NULL OR available),
    CHECK (step_id IS NOT NULL OR NOT available),
    FOREIGN KEY (organization_id, conversation_id) REFERENCES conversation (organization_id, id)
) {clustered};
CREATE UNIQUE INDEX placement_by_conversation ON placement (organization_id, conversation_id, scenario_id);
CREATE UNIQUE INDEX placement_available ON placement (organization_id, conversation_id) WHERE available;
CREATE INDEX placement_by_scenario ON placement (organization_id, scenario_id, id);
CREATE INDEX placement_by_step ON placement (organization_id, step_id, id);
CREATE INDEX placement_by_responding_agent ON placement (organization_id, responding_agent_id)
    WHERE responding_agent_id IS NOT NULL;

-- One visit of a conversation to a step (R99). Names are snapshots, because stays outlive steps and scenarios (R92).
CREATE TABLE stay (
    organization_id TEXT NOT NULL,
    id TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    scenario_id TEXT NOT NULL,
    step_id TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('inactive', 'active', 'error')),
    cause TEXT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id TEXT NOT NULL,
    from_step_id TEXT,
    entry_seq BIGINT NOT NULL,
    skipped_step_ids TEXT NOT NULL,
    detail TEXT,
    decision TEXT,
    scenario_name TEXT NOT NULL,
    step_name TEXT NOT NULL,
    step_index BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    ended_at BIGINT,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, conversation_id) REFERENCES conversation (organization_id, id)
) {clustered};
CREATE INDEX stay_by_conversation ON stay (organization_id, conversation_id, id);
CREATE INDEX stay_by_scenario ON stay (organization_id, scenario_id, id);
CREATE INDEX stay_by_step ON stay (organization_id, step_id, id);

-- What happened, in the order in which it was committed. `sequence` is the primary key.
CREATE TABLE event (
    sequence {sequence},
    organization_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    changed_from TEXT NOT NULL,
    changed_to TEXT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id TEXT NOT NULL,
    cause TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX event_by_organization ON event (organization_id, sequence);

-- What is to be done later or outside. `key` names the purpose: a second job for the same purpose replaces the first.
CREATE TABLE job (
    organization_id TEXT NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'failed')),
    due_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    last_error TEXT,
    payload TEXT NOT NULL,
    cause TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, id)
) {clustered};
CREATE UNIQUE INDEX job_by_key ON job (organization_id, key);
CREATE INDEX job_due ON job (organization_id, due_at, id) WHERE state = 'pending';
