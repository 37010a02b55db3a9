// The checked versions, with their expected results: `breaks` names the promise that a mutant must
// break.
export const PROMISES = {
  ONE_TOKEN: 'one token value per generation',
  IN_ORDER: 'no join gets an older generation than one that finished before it began',
  WHILE_LIVE: 'no new generation while the old one is live, except by a re-key',
  LEASED: 'no call to CAS without the lease',
  NAMED: 'a re-key ends only the generation that it names',
  HANDED_OUT: 'a token is handed out after the faults have ended',
};

const SAFETY = { compile: ['-O2', '-DSAFETY'], search: ['-m10000'] };
const SHORTEST = { compile: ['-DSAFETY', '-DBFS'], search: [] };
const LIVENESS = { compile: ['-DNFAIR=3'], search: ['-m10000', '-a', '-f'] };
/** Small, because a cycle multiplies the states to search. */
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

/** Searches that prove nothing and must not pass: one is cut short, the other mints nothing. */
export const CUT_SHORT = { ...CORRECT, name: 'cut short', search: ['-m50'] };
export const IDLE = { ...CORRECT, name: 'idle', flags: ['-DTERMS=0'] };
