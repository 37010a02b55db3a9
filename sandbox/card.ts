import type { Credentials } from './credentials.js';

/** What a newcomer needs to go on from here. */
export interface Card {
  readonly serverUrl: string;
  readonly casUrl: string;
  readonly credentials: Credentials;
  readonly logFile: string;
  /** Seconds that an access token lives. */
  readonly tokenLife: number;
}

/** Shows addresses, passwords and lines to paste; each line of curl works as it stands. */
export function showCard(say: (line: string) => void, card: Card): void {
  const { serverUrl, casUrl, credentials, logFile, tokenLife } = card;
  const { admin, users, casApiKey, casApiSecret } = credentials;
  const [ann] = users;
  const login = JSON.stringify({ email: ann.email, password: ann.password });
  const lines = [
    '',
    'Latchkey is running.',
    `  server       ${serverUrl}`,
    `  reference    ${serverUrl}/docs`,
    `  sandbox CAS  ${casUrl}  (key ${casApiKey}, secret ${casApiSecret})`,
    ...[admin, ...users].map(
      ({ displayName, email, password }) => `  ${displayName.padEnd(12)} ${email}  ${password}`,
    ),
    `  log          ${logFile}`,
    '  web apps     pages of any port of localhost and 127.0.0.1 may call it',
    '  switches     of the sandbox CAS: docs/sandbox.md',
    '',
    `Sign in as Ann, which keeps her access token for the next line (it lives ${tokenLife} s):`,
    `  TOKEN=$(curl -sS ${serverUrl}/v1/auth/login -H 'content-type: application/json' -d '${login}' | tee /dev/stderr | sed 's/.*"accessToken":"\\([^"]*\\)".*/\\1/')`,
    'Join the demo room, and get its one token:',
    `  curl -sS --request POST ${serverUrl}/v1/rooms/demo/join -H "authorization: Bearer $TOKEN"`,
    'What only the server does, in the vendor’s own words; each call opens another session:',
    `  curl -iL --request GET --url ${casUrl}/stream/token/v2/ --header 'auth-api-key: ${casApiKey}' --header 'auth-api-secret: ${casApiSecret}'`,
    '',
    'Next, for production: with the address, key and secret of your own CAS (CAS_URL, CAS_API_KEY,',
    'CAS_API_SECRET) follow "From sandbox to production" in README.md.',
    '',
    'Stop with Ctrl-C; what was made is kept. Start over with: npm run sandbox -- --fresh',
  ];
  for (const line of lines) say(line);
}
