/** What the codes of Postgres (SQLSTATE) and of the system mean for an operator, and what to do. */
const MEANINGS: Readonly<Record<string, string>> = {
  '28P01': 'the password in {address} is wrong',
  '28000': 'the role of {address} may not connect; check that it may log in, and pg_hba.conf',
  '3D000': 'there is no such database; create it, or correct its name in {address}',
  '42501': 'the role of {address} lacks a right; it must own the database and its tables',
  '25006': 'this server is a standby or read-only; {address} must lead to the primary',
  '53300': 'Postgres has no connections left; raise max_connections or lower DATABASE_POOL_SIZE',
  '57P01': 'Postgres ended the connection, to shut down or because an administrator asked for it',
  '57P02': 'Postgres crashed and restarts',
  '57P03': 'Postgres starts up or shuts down',
  '55000': 'the database lets nobody in; see datallowconn',
  ECONNREFUSED: 'nothing listens at the address in {address}',
  ECONNRESET: 'the connection was cut',
  ENOTFOUND: 'the host name in {address} is unknown',
  EAI_AGAIN: 'the host name in {address} cannot be looked up now',
  ENOENT: 'there is no such socket; check the address in {address}',
  ETIMEDOUT: 'the address in {address} does not answer',
  EHOSTUNREACH: 'there is no route to the address in {address}',
  ENETUNREACH: 'there is no route to the address in {address}',
};

/** Codes that waiting does not cure: the configuration is wrong, or a right is missing. */
const FINAL = new Set(['28P01', '28000', '3D000', '42501']);

/**
 * A sentence about a code, with the code; of an unknown code, the code alone.
 * @param address the variable that names the database
 */
export function meaningOf(code: string, address = 'DATABASE_URL'): string {
  const meaning = MEANINGS[code];
  return meaning === undefined ? code : `${code}: ${meaning.replace('{address}', address)}`;
}

/** Whether a code asks for somebody's hand, so that it is of no use to wait. */
export function isFinal(code: string): boolean {
  return FINAL.has(code);
}
