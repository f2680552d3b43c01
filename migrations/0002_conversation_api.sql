-- What the conversation API keeps beside the conversations: notes, contact variables, files, answers to repeated requests.

-- A deleted conversation with very many rows around it is a tombstone until a job has removed them.
ALTER TABLE conversation ADD COLUMN deleted_at BIGINT;
-- The inbox asks for one status, newest first, and most conversations have another one.
CREATE INDEX conversation_by_status ON conversation (organization_id, status, created_at, id);

ALTER TABLE message ADD COLUMN external_id TEXT;
ALTER TABLE message ADD COLUMN user_id TEXT;
ALTER TABLE message ADD COLUMN attachments TEXT;

-- What a search looks at: names, e-mail address and phone number, folded to lower case without accents by the program.
-- Contacts from before this migration are folded as far as SQL can, until they are next saved.
ALTER TABLE contact ADD COLUMN search_text TEXT NOT NULL DEFAULT '';
UPDATE contact SET search_text = lower(COALESCE(first_name, '') || ' ' || COALESCE(last_name, '') || ' '
    || COALESCE(email, '') || ' ' || COALESCE(phone_number, ''));
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
