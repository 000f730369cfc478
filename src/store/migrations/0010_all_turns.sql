-- As 0009, for repetitions in repetitions, and for what it left because two bore one key: of those the one that was done
-- holds the key. The others keep a number, by which nobody takes them for it.

CREATE TABLE turned AS
SELECT idem, scenario, once, step, step AS was, CASE state WHEN 'done' THEN '0' ELSE '1' END || idem AS place
FROM intents WHERE step LIKE '%[%';

-- Digits behind a bracket go one by one: numbers have at most six.
UPDATE turned SET step = replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(step,
    '[0', '['), '[1', '['), '[2', '['), '[3', '['), '[4', '['), '[5', '['), '[6', '['), '[7', '['), '[8', '['), '[9', '[');
UPDATE turned SET step = replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(step,
    '[0', '['), '[1', '['), '[2', '['), '[3', '['), '[4', '['), '[5', '['), '[6', '['), '[7', '['), '[8', '['), '[9', '[');
UPDATE turned SET step = replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(step,
    '[0', '['), '[1', '['), '[2', '['), '[3', '['), '[4', '['), '[5', '['), '[6', '['), '[7', '['), '[8', '['), '[9', '[');
UPDATE turned SET step = replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(step,
    '[0', '['), '[1', '['), '[2', '['), '[3', '['), '[4', '['), '[5', '['), '[6', '['), '[7', '['), '[8', '['), '[9', '[');
UPDATE turned SET step = replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(step,
    '[0', '['), '[1', '['), '[2', '['), '[3', '['), '[4', '['), '[5', '['), '[6', '['), '[7', '['), '[8', '['), '[9', '[');
UPDATE turned SET step = replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(step,
    '[0', '['), '[1', '['), '[2', '['), '[3', '['), '[4', '['), '[5', '['), '[6', '['), '[7', '['), '[8', '['), '[9', '[');

CREATE INDEX turned_by_idem ON turned (idem);
CREATE TABLE holders AS SELECT min(place) AS place FROM turned GROUP BY scenario, once, step;

UPDATE intents SET step = replace(step, '[]', '[0]') WHERE idem IN (
    SELECT t.idem FROM turned t WHERE t.was = t.step AND t.place NOT IN (SELECT h.place FROM holders h));
UPDATE intents SET step = (SELECT t.step FROM turned t WHERE t.idem = intents.idem) WHERE idem IN (
    SELECT t.idem FROM turned t WHERE t.was <> t.step AND t.place IN (SELECT h.place FROM holders h));

DROP TABLE turned;
DROP TABLE holders;
