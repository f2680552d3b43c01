-- How much of what a key may ask for in a minute has been given to nodes, which give it to requests.
CREATE TABLE key_allowance (
    organization_id TEXT NOT NULL,
    key_id TEXT NOT NULL,
    minute BIGINT NOT NULL,
    given BIGINT NOT NULL,
    PRIMARY KEY (organization_id, key_id)
) {clustered};
