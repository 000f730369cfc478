-- What citizens wrote and people typed does not stay longer than it is needed.

ALTER TABLE runs ADD COLUMN forgotten_at TEXT; -- its contents were erased; it cannot be taken up again
