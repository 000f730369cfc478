-- Words are those of the design: one idea, one word, from YAML key to column.

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE runs (
    id         TEXT PRIMARY KEY,          -- ULID
    scenario   TEXT NOT NULL,
    sha256     TEXT NOT NULL,             -- of the scenario file
    state      TEXT NOT NULL,
    date       TEXT NOT NULL,             -- the run's business date, ISO
    settings   TEXT NOT NULL,             -- JSON: what `--set` gave
    actor      TEXT NOT NULL,             -- JSON: kind, id
    listed     INTEGER NOT NULL DEFAULT 0, -- 1 when the list of items is complete
    outputs    TEXT NOT NULL DEFAULT '[]', -- JSON: files written
    reason     TEXT,
    created_at TEXT NOT NULL,
    ended_at   TEXT
);

CREATE TABLE items (
    run_id     TEXT NOT NULL REFERENCES runs (id),
    n          INTEGER NOT NULL,          -- from 1, in the order of the list
    key        TEXT NOT NULL,
    input      TEXT NOT NULL,             -- JSON
    state      TEXT NOT NULL,
    step       TEXT,                      -- where it stands or ended
    code       TEXT,
    reason     TEXT,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (run_id, n)
);
CREATE INDEX items_by_state ON items (run_id, state, n);

-- Which item owns a key, over all runs of a scenario.
CREATE TABLE item_keys (
    scenario TEXT NOT NULL,
    key      TEXT NOT NULL,
    run_id   TEXT NOT NULL,
    n        INTEGER NOT NULL,
    PRIMARY KEY (scenario, key)
);

CREATE TABLE results (
    run_id      TEXT NOT NULL,
    n           INTEGER NOT NULL,         -- 0: before and after
    step        TEXT NOT NULL,
    output      TEXT NOT NULL,            -- JSON
    receipted   INTEGER NOT NULL,         -- 1: an irreversible step; never done again
    finished_at TEXT NOT NULL,
    PRIMARY KEY (run_id, n, step)
);

CREATE TABLE intents (
    scenario   TEXT NOT NULL,
    step       TEXT NOT NULL,
    once       TEXT NOT NULL,
    run_id     TEXT NOT NULL,
    n          INTEGER NOT NULL,
    idem       TEXT NOT NULL,             -- ULID, the same in every log entry about it
    state      TEXT NOT NULL,             -- open | done
    receipt    TEXT,
    created_at TEXT NOT NULL,
    settled_at TEXT,
    PRIMARY KEY (scenario, step, once)
);
CREATE INDEX intents_by_item ON intents (run_id, n);

CREATE TABLE checks (
    id          INTEGER PRIMARY KEY,
    run_id      TEXT NOT NULL,
    n           INTEGER NOT NULL,
    step        TEXT NOT NULL,
    kind        TEXT NOT NULL,            -- check | approval | in_doubt
    questions   TEXT NOT NULL,            -- JSON
    answer      TEXT,                     -- JSON: field to value
    answered_by TEXT,
    created_at  TEXT NOT NULL,
    answered_at TEXT
);
CREATE INDEX checks_by_item ON checks (run_id, n, step);

CREATE TABLE evidence (
    run_id     TEXT NOT NULL,
    n          INTEGER NOT NULL,
    step       TEXT NOT NULL,
    kind       TEXT NOT NULL,             -- crop.png, screen.png
    field      TEXT,
    file       TEXT NOT NULL,             -- below evidence/
    commitment TEXT NOT NULL,             -- SHA-256 with salt, hex
    salt       TEXT NOT NULL,             -- hex
    length     INTEGER NOT NULL,
    created_at TEXT NOT NULL
);
CREATE INDEX evidence_by_item ON evidence (run_id, n);

CREATE TABLE entries (
    fy   INTEGER NOT NULL,
    seq  INTEGER NOT NULL,
    line TEXT NOT NULL,
    PRIMARY KEY (fy, seq)
);

-- The tree of each fiscal year's log: its size and its right edge.
CREATE TABLE trees (
    fy   INTEGER PRIMARY KEY,
    tree TEXT NOT NULL
);

CREATE TABLE checkpoints (
    fy   INTEGER NOT NULL,
    size INTEGER NOT NULL,
    root TEXT NOT NULL,                   -- base64
    note TEXT,                            -- null between the decision and the signature
    PRIMARY KEY (fy, size)
);
