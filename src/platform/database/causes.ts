/** Explains codes of Postgres (SQLSTATE) and of the system to operators, with the cure. */
const MEANINGS: Readonly<Record<string, string>> = {
  '28P01': 'the password in {address} is wrong',
  '28000': 'the role of {address} may not connect; check that it may log in, and pg_hba.conf',
  '3D000': 'the database does not exist; create it, or correct its name in {address}',
  '3F000':
    'no schema in search_path exists; create the schema, or correct search_path of the role or the database of {address}',
  '42501': 'the role of {address} lacks a right; it must own the database and its tables',
  '42P01':
    'a table is missing, or its schema is not in search_path; restore it; if all tables are there, report the statement as an error in the program',
  '25006': 'this server is a standby or read-only; {address} must lead to the primary',
  '25P03': 'a transaction waited for longer than idle_in_transaction_session_timeout; raise it',
  '25P04': 'a transaction took longer than transaction_timeout; raise it for the role of {address}',
  '53100': 'the disk of Postgres is full; free space on it',
  '53200': 'Postgres has no memory left; give it more, or lower its settings for memory',
  '53300': 'Postgres has no connections left; raise max_connections or lower DATABASE_POOL_SIZE',
  '57014':
    'a statement took too long or was cancelled; raise statement_timeout for the role of {address}',
  '57P01': 'Postgres ended the connection, to shut down or because an administrator asked for it',
  '57P02': 'Postgres crashed and restarts',
  '57P03': 'Postgres starts up or shuts down',
  '57P05': 'Postgres ended an idle connection; set idle_session_timeout to 0 for the role',
  '55000': 'the database accepts no connections; check datallowconn',
  '58030': 'Postgres cannot read or write its files; check its disk, and its log',
  '58P01': 'a file of Postgres is missing; check its disk and its log, or restore a backup',
  XX001: 'data of Postgres is damaged; check its disk and its log, or restore a backup',
  XX002: 'an index of Postgres is damaged; rebuild it with reindex, and check the disk',
  NO_TLS:
    'Postgres does not support SSL connections; turn ssl on there, or correct sslmode in {address}',
  CERT_HAS_EXPIRED: 'the certificate of Postgres has expired; renew it there',
  ERR_TLS_CERT_ALTNAME_INVALID:
    'the certificate of Postgres is for another host name; use a name of the certificate in {address}, or renew it with this host name',
  ECONNREFUSED: 'nothing listens at the address in {address}',
  ECONNRESET: 'the connection was cut',
  ENOTFOUND: 'the host name in {address} is unknown',
  EAI_AGAIN: 'the host name in {address} cannot be resolved at the moment',
  ENOENT: 'the socket does not exist; check the address in {address}',
  EACCES:
    'the system forbids this process to connect; check the rights of the socket and its folder, and the address in {address}',
  EADDRNOTAVAIL:
    'the system has no address or port left to connect from; check the address in {address}, and the ports in use',
  ETIMEDOUT: 'the address in {address} does not answer',
  EHOSTUNREACH: 'there is no route to the address in {address}',
  ENETUNREACH: 'there is no route to the address in {address}',
};

const UNTRUSTED = /^(CERT_|UNABLE_TO|DEPTH_ZERO|SELF_SIGNED|ERR_TLS_CERT)/;
const UNTRUSTED_MEANING =
  'the certificate of Postgres is not trusted; name its CA by sslrootcert in {address}, or in NODE_EXTRA_CA_CERTS, and check the host';
const SELF_SIGNED_MEANING = UNTRUSTED_MEANING.replace('certificate', 'self-signed certificate');
const BROKEN_TLS = /^(ERR_SSL|EPROTO$)/;
const BROKEN_TLS_MEANING =
  'Postgres does not speak TLS as expected; check host, port and sslmode in {address}';

function find(code: string): string | undefined {
  const meaning = MEANINGS[code];
  if (meaning !== undefined) return meaning;
  if (code.includes('SELF_SIGNED')) return SELF_SIGNED_MEANING;
  if (UNTRUSTED.test(code)) return UNTRUSTED_MEANING;
  return BROKEN_TLS.test(code) ? BROKEN_TLS_MEANING : undefined;
}

/** Codes that waiting does not solve: the configuration is wrong, or a right is missing. */
const FINAL = new Set(['28P01', '28000', '3D000', '3F000', '42501', 'NO_TLS', 'EACCES']);

/** Explains a code, or returns it alone. @param address the variable that names the database */
export function meaningOf(code: string, address = 'DATABASE_URL'): string {
  const meaning = find(code);
  return meaning === undefined ? code : `${code}: ${meaning.replaceAll('{address}', address)}`;
}

export function isFinal(code: string): boolean {
  return FINAL.has(code) || UNTRUSTED.test(code) || BROKEN_TLS.test(code);
}
