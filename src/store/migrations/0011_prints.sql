-- What is known of an act besides its key: whether it got no answer, and a keyed print of the values it was done with.

ALTER TABLE intents ADD COLUMN unanswered INTEGER NOT NULL DEFAULT 0;
ALTER TABLE intents ADD COLUMN print TEXT;
