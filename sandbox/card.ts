import type { Credentials } from './credentials.js';
import { DEMO_ROOM, FINN } from './demo.js';
import { type IdentityProvider, PROVIDER_TOKEN_LIFE } from './identity-provider.js';

export interface Card {
  readonly serverUrl: string;
  readonly casUrl: string;
  readonly credentials: Credentials;
  /** The API key of a backend. */
  readonly apiKey: string;
  readonly provider: IdentityProvider | undefined;
  readonly logFile: string;
  /** Lifetime of the server's access tokens, in seconds. */
  readonly accessTokenLife: number;
}

interface Names {
  readonly name: string;
  readonly login: string;
  readonly password: string;
}

const lineOf = ({ name, login, password }: Names) => `  ${name.padEnd(12)} ${login}  ${password}`;

function usersOf(provider: IdentityProvider): string[] {
  return provider.users.map((user) => {
    const { username = '', password = '' } = provider.formOf(user);
    return lineOf({ name: user.displayName, login: username, password });
  });
}

function commandsOf(provider: IdentityProvider, serverUrl: string): string[] {
  const { users, tokenUrl } = provider;
  const form = Object.entries(provider.formOf(users[0]))
    .map(([name, value]) => `${name}=${value}`)
    .map((field) => (/^[\w=]+$/.test(field) ? `-d ${field}` : `--data-urlencode '${field}'`))
    .join(' ');
  return [
    `Sign in as Cleo at the identity provider, whose tokens the server accepts (valid for ${PROVIDER_TOKEN_LIFE} s):`,
    `  CLEO=$(curl -sS ${tokenUrl} ${form} | tee /dev/stderr | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')`,
    'Join the demo room with the token of the identity provider, and get the same room token:',
    `  curl -sS --request POST ${serverUrl}/v1/rooms/demo/join -H "authorization: Bearer $CLEO"`,
  ];
}

/** A backend takes a seat for a person of its own, and the person's app joins again. */
function commandsOfBackend(serverUrl: string, apiKey: string): string[] {
  const room = `${serverUrl}/v1/rooms/${DEMO_ROOM.slug}`;
  return [
    `Take a seat for ${FINN.displayName}, a person of your own system, as your backend does:`,
    `  FINN=$(curl -sS ${room}/grants -H 'authorization: Bearer ${apiKey}' -H 'content-type: application/json' -d '${JSON.stringify(FINN)}' | tee /dev/stderr | sed 's/.*"participantToken":"\\([^"]*\\)".*/\\1/')`,
    `Join again with the participant token, as ${FINN.displayName}'s app does:`,
    `  curl -sS --request POST ${room}/join -H "authorization: Bearer $FINN"`,
  ];
}

/** Prints addresses, passwords and commands; each curl command works as it is printed. */
export function showCard(say: (line: string) => void, card: Card): void {
  const { serverUrl, casUrl, credentials, apiKey, provider, logFile, accessTokenLife } = card;
  const { admin, users, casApiKey, casApiSecret } = credentials;
  const [ann] = users;
  const login = JSON.stringify({ email: ann.email, password: ann.password });
  const lines = [
    '',
    'Latchkey is running.',
    `  server       ${serverUrl}`,
    `  reference    ${serverUrl}/docs`,
    `  sandbox CAS  ${casUrl}  (key ${casApiKey}, secret ${casApiSecret})`,
    ...[admin, ...users].map(({ displayName, email, password }) =>
      lineOf({ name: displayName, login: email, password }),
    ),
    ...(provider ? [`  provider     ${provider.issuer}  (OpenID), with the users`] : []),
    ...(provider ? usersOf(provider) : []),
    `  API key      ${apiKey}`,
    `  log          ${logFile}`,
    '  web apps     pages on any port of localhost and 127.0.0.1 may call the API',
    '  faults       make the sandbox CAS fail: docs/sandbox.md',
    '',
    `Sign in as Ann, and keep the access token for the next command (it is valid for ${accessTokenLife} s):`,
    `  TOKEN=$(curl -sS ${serverUrl}/v1/auth/login -H 'content-type: application/json' -d '${login}' | tee /dev/stderr | sed 's/.*"accessToken":"\\([^"]*\\)".*/\\1/')`,
    'Join the demo room, and get its token:',
    `  curl -sS --request POST ${serverUrl}/v1/rooms/demo/join -H "authorization: Bearer $TOKEN"`,
    ...(provider ? commandsOf(provider, serverUrl) : []),
    ...commandsOfBackend(serverUrl, apiKey),
    'The request that only the server sends, as the vendor documents it; each call opens a new session:',
    `  curl -iL --request GET --url ${casUrl}/stream/token/v2/ --header 'auth-api-key: ${casApiKey}' --header 'auth-api-secret: ${casApiSecret}'`,
    '',
    'For production, set the address, key and secret of your own CAS (CAS_URL, CAS_API_KEY,',
    'CAS_API_SECRET): see "From sandbox to production" in README.md.',
    '',
    'Stop with Ctrl-C; the data is kept. Start over with: npm run sandbox -- --fresh',
  ];
  for (const line of lines) say(line);
}
