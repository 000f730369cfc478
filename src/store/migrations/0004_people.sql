-- People who sign in to the console.

CREATE TABLE people (
    id         TEXT PRIMARY KEY,          -- the personal id, as in the audit log
    name       TEXT NOT NULL,             -- what screens show
    password   TEXT NOT NULL,             -- Argon2id, as a PHC string
    initial    INTEGER NOT NULL,          -- 1: somebody else chose the password; it must be changed first
    totp       TEXT,                      -- the second factor, sealed; null: none yet
    totp_next  TEXT,                      -- one that was shown and not confirmed yet, sealed
    totp_used  INTEGER NOT NULL DEFAULT 0, -- the step of the last code; no code counts twice
    enabled    INTEGER NOT NULL DEFAULT 1,
    created_at TEXT NOT NULL,
    signed_in_at TEXT
);

CREATE TABLE roles (
    person     TEXT NOT NULL REFERENCES people (id),
    role       TEXT NOT NULL,             -- author | approver | operator | auditor | admin
    granted_at TEXT NOT NULL,
    PRIMARY KEY (person, role)
);

-- Which people look after a scenario's cases. Without any, every operator does.
CREATE TABLE handlers (
    scenario TEXT NOT NULL,
    person   TEXT NOT NULL,
    PRIMARY KEY (scenario, person)
);

-- Signed-in sessions of people. Only the digest of a session's id is kept.
CREATE TABLE visits (
    digest   TEXT PRIMARY KEY,            -- SHA-256, hex
    person   TEXT NOT NULL,
    door     TEXT NOT NULL,               -- tls | local: where it was begun
    begun_at INTEGER NOT NULL,            -- ms since 1970
    seen_at  INTEGER NOT NULL
);
CREATE INDEX visits_by_person ON visits (person);

-- Changes that one person asks for and another decides.
CREATE TABLE proposals (
    id          INTEGER PRIMARY KEY,
    kind        TEXT NOT NULL,            -- grant | revoke | ...
    content     TEXT NOT NULL,            -- JSON
    reason      TEXT NOT NULL,
    proposed_by TEXT NOT NULL,
    proposed_at TEXT NOT NULL,
    decided_by  TEXT,
    decided_at  TEXT,
    accepted    INTEGER
);

-- The console asks for these all day.
CREATE INDEX checks_open ON checks (id) WHERE answer IS NULL;
