-- What was to be told about a conversation goes with it: found by its lane, whoever was told.
CREATE INDEX delivery_by_lane ON delivery (organization_id, lane, id);
