-- What pages count is found without looking through everything.

CREATE INDEX worklist_by_run ON worklist (run_id, id);
-- Holds all that counts need, so that they read it instead of the names.
CREATE INDEX worklist_standing ON worklist (scenario, form, kind, run_id, passed_by, held_by, held_until, asked);
CREATE INDEX checks_by_person ON checks (answered_by, answered_at);
CREATE INDEX runs_by_state ON runs (state, ended_at);

ALTER TABLE runs ADD COLUMN bad BIGINT NOT NULL DEFAULT 0; -- items that stopped, failed or are held, counted when it comes to rest
UPDATE runs SET bad = (SELECT count(*) FROM items i
    WHERE i.run_id = runs.id AND i.state IN ('stopped', 'failed', 'held'));
