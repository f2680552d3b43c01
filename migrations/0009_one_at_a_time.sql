-- Jobs of one target that are done one at a time, by whichever node (jobs::lease).
CREATE INDEX job_one_at_a_time ON job (organization_id, target) WHERE state = 'pending' AND substr(target, 1, 4) = 'one:';
