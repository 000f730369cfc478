-- People confirm readings: who works on what, what was typed, how long it took.

ALTER TABLE checks ADD COLUMN scenario TEXT NOT NULL DEFAULT '';
ALTER TABLE checks ADD COLUMN label TEXT NOT NULL DEFAULT ''; -- what the item is called
ALTER TABLE checks ADD COLUMN paper TEXT; -- JSON: form, page, the fields that are not asked for
UPDATE checks SET scenario = (SELECT r.scenario FROM runs r WHERE r.id = checks.run_id);
CREATE INDEX evidence_by_file ON evidence (file);

-- What waits for a person: only open checks, and of them only what a list shows, so that it stays quick
-- beside a million items.
CREATE TABLE worklist (
    id         INTEGER PRIMARY KEY,       -- the check
    scenario   TEXT NOT NULL,
    run_id     TEXT NOT NULL,
    n          INTEGER NOT NULL,
    step       TEXT NOT NULL,
    kind       TEXT NOT NULL,
    form       TEXT NOT NULL,
    label      TEXT NOT NULL,
    asked      INTEGER NOT NULL,          -- fields a person is asked about
    typed      INTEGER NOT NULL DEFAULT 0, -- of them confirmed
    passed_by  TEXT,                      -- who did a first look and may not do the second
    held_by    TEXT,                      -- who works on it, or did last
    held_until INTEGER NOT NULL DEFAULT 0, -- ms since 1970; then others may take it over
    turn       INTEGER NOT NULL DEFAULT 0, -- grows each time it passes to another person
    created_at TEXT NOT NULL
);
INSERT INTO worklist (id, scenario, run_id, n, step, kind, form, label, asked, created_at)
    SELECT id, scenario, run_id, n, step, kind, '', '', 1, created_at FROM checks WHERE answer IS NULL;

-- What a person typed for a field. The text goes when the check is answered; the time stays.
CREATE TABLE typed (
    check_id INTEGER NOT NULL,
    field    TEXT NOT NULL,
    person   TEXT NOT NULL,
    text     TEXT,                        -- JSON, as typed
    done     INTEGER NOT NULL,            -- 1: the person stands for it
    changed  INTEGER NOT NULL,            -- 1: it is not what was read
    seq      INTEGER NOT NULL,            -- the order in which fields were confirmed
    ms       INTEGER NOT NULL,            -- spent on it
    version  INTEGER NOT NULL,
    at       TEXT NOT NULL,
    PRIMARY KEY (check_id, field, person)
);

-- What a person is told once: somebody else tried to save the same case.
CREATE TABLE told (
    id       INTEGER PRIMARY KEY,
    person   TEXT NOT NULL,
    check_id INTEGER NOT NULL,
    who      TEXT NOT NULL,
    at       TEXT NOT NULL
);
CREATE INDEX told_by_person ON told (person);
