// Carries out the command.
const later = { find, read, standing, tables, survey, mask, evidence, unmask }[command]();
return later ? later.then(() => reply) : reply;
