-- The night: what came due, what a person stopped, what waits for an hour.

-- Every moment at which a scenario came due, once.
CREATE TABLE dues (
    scenario   TEXT NOT NULL,
    at         TEXT NOT NULL,             -- RFC 3339, the office's time
    state      TEXT NOT NULL,             -- started | held | skipped | refused
    why        TEXT NOT NULL,             -- why on that day, for people
    reason     TEXT,                      -- why it did not start by itself
    run_id     TEXT,
    decided_by TEXT,                      -- the person who started or skipped it
    noted_at   TEXT NOT NULL,
    decided_at TEXT,
    PRIMARY KEY (scenario, at)
);
CREATE INDEX dues_by_state ON dues (state, at);

-- Up to when the schedules of a scenario were looked at.
CREATE TABLE schedules (
    scenario   TEXT PRIMARY KEY,
    schedule   TEXT NOT NULL,             -- SHA-256 of what its file says about it
    seen_until TEXT NOT NULL
);

-- Emergency stops. Open until released; one for a run ends with it.
CREATE TABLE stops (
    id          TEXT PRIMARY KEY,         -- ULID
    run_id      TEXT,                     -- null: everything
    reason      TEXT NOT NULL,
    stopped_by  TEXT NOT NULL,
    stopped_at  TEXT NOT NULL,
    released_by TEXT,
    released_at TEXT
);
CREATE INDEX stops_open ON stops (id) WHERE released_at IS NULL;

ALTER TABLE runs ADD COLUMN wake_at BIGINT; -- ms since 1970: it waits until then (a system's hours, a full disk)
