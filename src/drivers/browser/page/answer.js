// Carries out the command.
const later = { find, read, standing, tables, counters, survey: surveyLines, numbers, mask, evidence, unmask }[command]();
return later ? later.then(() => reply) : reply;
