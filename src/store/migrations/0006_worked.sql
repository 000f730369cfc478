-- What runs cost the machine, without the time in which they waited for people; and how many items came of them.

ALTER TABLE runs ADD COLUMN worked_ms BIGINT NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN worked_since BIGINT; -- ms since 1970; null: nobody works on it
ALTER TABLE runs ADD COLUMN done BIGINT NOT NULL DEFAULT 0; -- items that are done, counted when it comes to rest
UPDATE runs SET done = (SELECT count(*) FROM items i WHERE i.run_id = runs.id AND i.state = 'done');
