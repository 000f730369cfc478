-- A business key holds over all turns of a repetition: the number of the turn is no longer part of the step.

UPDATE intents SET step = substr(step, 1, instr(step, '[')) || substr(step, instr(step, ']'))
WHERE instr(step, '[') > 0 AND NOT EXISTS (
    SELECT 1 FROM intents o
    WHERE o.scenario = intents.scenario AND o.once = intents.once AND o.idem < intents.idem AND instr(o.step, '[') > 0
      AND substr(o.step, 1, instr(o.step, '[')) || substr(o.step, instr(o.step, ']'))
        = substr(intents.step, 1, instr(intents.step, '[')) || substr(intents.step, instr(intents.step, ']')));
