// What is checked, and what must come of it: `breaks` names the promise that a mutant must break.
export const PROMISES = {
  ONE_TOKEN: 'one token value for a generation',
  IN_ORDER: 'no join gets an older generation than one that finished before it began',
  WHILE_LIVE: 'no new generation while the old one is live, but by a re-key',
  LEASED: 'no call of CAS without the lease',
  NAMED: 'a re-key ends the generation that it names, and no other',
  HANDED_OUT: 'a token is handed out when the faults have ended',
};

const SAFETY = { compile: ['-O2', '-DSAFETY'], search: ['-m10000'] };
const SHORTEST = { compile: ['-DSAFETY', '-DBFS'], search: [] };
const LIVENESS = { compile: ['-DNFAIR=3'], search: ['-m10000', '-a', '-f'] };
/** Small, since a cycle multiplies what has to be searched. */
const ENDING_FAULTS = ['-DLIVENESS', '-DPROMPT=true', '-DREPLICAS=2', '-DTERMS=3'];

function mutant(name, breaks) {
  const macro = `-DMUTANT_${name.toUpperCase().replaceAll('-', '_')}`;
  return breaks === 'HANDED_OUT'
    ? { name, breaks, ...LIVENESS, flags: [...ENDING_FAULTS, macro] }
    : { name, breaks, ...SHORTEST, flags: ['-DPROMPT=true', `-DONLY=${breaks}`, macro] };
}

export const CORRECT = { name: 'correct', ...SAFETY, flags: [], reachesAll: true };

export const MUTANTS = [
  mutant('publish-without-guard', 'WHILE_LIVE'),
  mutant('fence-by-owner', 'WHILE_LIVE'),
  mutant('read-then-update', 'LEASED'),
  mutant('cache', 'IN_ORDER'),
  mutant('join-running-read', 'IN_ORDER'),
  mutant('upsert', 'ONE_TOKEN'),
  mutant('rekey-without-guard', 'NAMED'),
  mutant('lease-without-end', 'HANDED_OUT'),
];

export const VERSIONS = [
  CORRECT,
  { name: 'correct, faults end', ...LIVENESS, flags: ENDING_FAULTS },
  ...MUTANTS,
];

/** Searches that prove nothing and must not pass: one is cut short, in the other nobody mints. */
export const CUT_SHORT = { ...CORRECT, name: 'cut short', search: ['-m50'] };
export const IDLE = { ...CORRECT, name: 'idle', flags: ['-DTERMS=0'] };
