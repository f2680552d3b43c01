-- What the conversation API keeps beside the conversations: notes, contact variables, files, answers to repeated requests.

-- A deleted conversation with very many rows around it is a tombstone until a job has removed them.
ALTER TABLE conversation ADD COLUMN deleted_at BIGINT;
CREATE INDEX conversation_deleted ON conversation (organization_id, id) WHERE deleted_at IS NOT NULL;
-- The inbox asks for one status, newest first, and most conversations have another one.
CREATE INDEX conversation_by_status ON conversation (organization_id, status, created_at, id);

-- The stays of a conversation stand together: an entry ends one and appends the next, on the same page of the file.
ALTER TABLE stay RENAME TO stay_before;
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
    PRIMARY KEY (organization_id, conversation_id, id),
    FOREIGN KEY (organization_id, conversation_id) REFERENCES conversation (organization_id, id)
) {clustered};
INSERT INTO stay SELECT * FROM stay_before;
DROP TABLE stay_before;
CREATE UNIQUE INDEX stay_by_id ON stay (organization_id, id);
CREATE INDEX stay_by_scenario ON stay (organization_id, scenario_id, id);
CREATE INDEX stay_by_step ON stay (organization_id, step_id, id);

-- So do its messages: the latest of them are read in one go.
ALTER TABLE message RENAME TO message_before;
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
    external_id TEXT,
    user_id TEXT,
    attachments TEXT,
    PRIMARY KEY (organization_id, conversation_id, id),
    FOREIGN KEY (organization_id, conversation_id) REFERENCES conversation (organization_id, id)
) {clustered};
INSERT INTO message SELECT *, NULL, NULL, NULL FROM message_before;
DROP TABLE message_before;
CREATE UNIQUE INDEX message_by_id ON message (organization_id, id);

-- What a search looks at: names, e-mail address and phone number, folded to lower case without accents by the program.
-- Contacts from before this migration are folded as far as SQL can, until they are next saved.
ALTER TABLE contact ADD COLUMN search_text TEXT NOT NULL DEFAULT '';
UPDATE contact SET search_text = lower(COALESCE(first_name, '') || ' ' || COALESCE(last_name, '') || ' '
    || COALESCE(email, '') || ' ' || COALESCE(phone_number, ''));
-- Phone numbers are compared by their digits, however they are written.
ALTER TABLE contact ADD COLUMN phone_digits TEXT;
UPDATE contact SET phone_digits = NULLIF(replace(replace(replace(replace(replace(replace(replace(phone_number,
    '+', ''), ' ', ''), '-', ''), '(', ''), ')', ''), '.', ''), '/', ''), '');
DROP INDEX contact_by_phone_number;
CREATE INDEX contact_by_phone_digits ON contact (organization_id, phone_digits);
-- A deleted contact is a tombstone until nothing names it any more; what names a merged one passes to another contact.
ALTER TABLE contact ADD COLUMN deleted_at BIGINT;
ALTER TABLE contact ADD COLUMN merged_into_id TEXT;
CREATE INDEX contact_buried ON contact (organization_id, merged_into_id) WHERE deleted_at IS NOT NULL;
CREATE INDEX contact_by_time ON contact (organization_id, created_at, id);

CREATE TABLE contact_variable (
    organization_id TEXT NOT NULL,
    contact_id TEXT NOT NULL,
    var_name TEXT NOT NULL,
    var_value TEXT NOT NULL,
    source TEXT NOT NULL CHECK (source IN ('human', 'ai')),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, contact_id, var_name),
    FOREIGN KEY (organization_id, contact_id) REFERENCES contact (organization_id, id)
) {clustered};

-- What members write about a conversation; the end user never sees it.
CREATE TABLE note (
    organization_id TEXT NOT NULL,
    id TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    note TEXT NOT NULL,
    is_private BOOLEAN NOT NULL,
    is_justification BOOLEAN NOT NULL,
    notification_date_time BIGINT,
    send_desktop_notification BOOLEAN NOT NULL,
    user_id TEXT NOT NULL,
    user_email TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, conversation_id) REFERENCES conversation (organization_id, id)
) {clustered};
CREATE INDEX note_by_conversation ON note (organization_id, conversation_id, id);

-- The bytes of uploaded files. Whoever knows an id may read the file, so an id cannot be guessed. Not clustered: SQLite
-- would carry the bytes along in its key tree.
CREATE TABLE blob (
    organization_id TEXT NOT NULL,
    id TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    name TEXT NOT NULL,
    mime_type TEXT NOT NULL,
    size BIGINT NOT NULL,
    bytes {blob} NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, conversation_id) REFERENCES conversation (organization_id, id)
);
CREATE INDEX blob_by_conversation ON blob (organization_id, conversation_id, id);

-- The answers given under an Idempotency-Key, committed with their effect and replayed to a repeated request.
CREATE TABLE idempotency (
    organization_id TEXT NOT NULL,
    key TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    status BIGINT NOT NULL,
    body TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, key)
) {clustered};
CREATE INDEX idempotency_by_time ON idempotency (organization_id, created_at);

-- Those that wait for a person are few, and shown first.
CREATE INDEX job_failed ON job (organization_id, due_at, id) WHERE state = 'failed';
