-- Several machines work on one database; each has its own audit log.

-- Processes that may change runs. Whoever is not here any more is refused.
CREATE TABLE workers (
    epoch       BIGINT PRIMARY KEY,       -- grows with every start; never used again
    name        TEXT NOT NULL,            -- the machine, as its audit log is called
    home        TEXT NOT NULL,            -- the office folder it works in; one process at a time does
    lease_until BIGINT NOT NULL           -- ms since 1970 by the database's clock
);

-- Processes that did not answer in time. Whether they have ended is not known.
CREATE TABLE lost (
    epoch BIGINT PRIMARY KEY,
    name  TEXT NOT NULL,
    home  TEXT NOT NULL
);

-- Scenarios a worker can run: SHA-256 of their files.
CREATE TABLE offers (
    epoch  BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    PRIMARY KEY (epoch, sha256)
);

-- Signed-in sessions, over all machines.
CREATE TABLE seats (
    id    TEXT PRIMARY KEY,
    seat  TEXT NOT NULL,                  -- the robot account, or the system where it has none
    epoch BIGINT NOT NULL
);
CREATE INDEX seats_by_seat ON seats (seat);

ALTER TABLE runs ADD COLUMN epoch BIGINT; -- who has it; null: nobody
CREATE INDEX runs_free ON runs (id) WHERE epoch IS NULL AND state IN ('queued', 'running');
CREATE INDEX runs_of_scenario ON runs (scenario, state);

ALTER TABLE intents ADD COLUMN epoch BIGINT NOT NULL DEFAULT 0; -- who announced it

-- One log for each machine. What was written before logs had names gets the name of the first machine that opens it.
ALTER TABLE entries RENAME TO entries_of_one;
CREATE TABLE entries (
    log  TEXT NOT NULL,
    fy   INTEGER NOT NULL,
    seq  INTEGER NOT NULL,
    line TEXT NOT NULL,
    PRIMARY KEY (log, fy, seq)
);
INSERT INTO entries SELECT '', fy, seq, line FROM entries_of_one;
DROP TABLE entries_of_one;

ALTER TABLE trees RENAME TO trees_of_one;
CREATE TABLE trees (
    log  TEXT NOT NULL,
    fy   INTEGER NOT NULL,
    tree TEXT NOT NULL,
    PRIMARY KEY (log, fy)
);
INSERT INTO trees SELECT '', fy, tree FROM trees_of_one;
DROP TABLE trees_of_one;

ALTER TABLE checkpoints RENAME TO checkpoints_of_one;
CREATE TABLE checkpoints (
    log  TEXT NOT NULL,
    fy   INTEGER NOT NULL,
    size INTEGER NOT NULL,
    root TEXT NOT NULL,
    note TEXT,
    PRIMARY KEY (log, fy, size)
);
INSERT INTO checkpoints SELECT '', fy, size, root, note FROM checkpoints_of_one;
DROP TABLE checkpoints_of_one;
