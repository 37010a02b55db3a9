/** Pages of development servers, whose ports vary, may call the sandbox. */
export const LOCAL_PAGES = ['http://localhost:*', 'http://127.0.0.1:*'];

export type Variables = Readonly<Record<string, string | undefined>>;

export interface ServerEnvironment {
  readonly variables: Record<string, string>;
  readonly passedOn: readonly string[];
  /** Names of variables that were set outside, but that the sandbox sets itself. */
  readonly ignored: readonly string[];
}

/** Variables that the sandbox reads itself, and passes to the server in its own way. */
const READ_HERE = new Set(['DATABASE_URL', 'PORT']);
/** Variables that describe the user's own database, and never apply to the embedded database. */
const OF_OWN_DATABASE = ['DATABASE_DIRECT_URL', 'DATABASE_POOLED'];

/**
 * Unknown variables are passed on too, so that the server can report misspelt names.
 * @param own replaces the variables from outside
 * @param defaults applies where nothing was set outside
 */
export function environmentOf(
  outside: Variables,
  known: readonly string[],
  own: Readonly<Record<string, string>>,
  defaults: Readonly<Record<string, string>> = {},
): ServerEnvironment {
  const given = Object.entries(outside).filter(
    (entry): entry is [string, string] => (entry[1] ?? '') !== '',
  );
  const isEmbedded = (outside['DATABASE_URL'] ?? '') === '';
  const kept = new Set([...Object.keys(own), ...(isEmbedded ? OF_OWN_DATABASE : [])]);
  const isKept = (name: string) => kept.has(name) || kept.has(name.replace(/_FILE$/, ''));
  const isKnown = (name: string) => known.includes(name.replace(/_FILE$/, ''));
  const names = given.map(([name]) => name).filter((name) => isKnown(name) && !READ_HERE.has(name));
  const passed = Object.fromEntries(given.filter(([name]) => !isKept(name)));
  // The origins from outside come first, because messages number the entries from 1.
  const pages = [...(passed['CORS_ORIGINS']?.split(',') ?? []), ...LOCAL_PAGES];
  return {
    variables: {
      REGISTRATION: 'open',
      ...defaults,
      ...passed,
      CORS_ORIGINS: pages.map((each) => each.trim()).join(','),
      ...own,
    },
    passedOn: names.filter((name) => !isKept(name)).sort(),
    ignored: names.filter(isKept).sort(),
  };
}
