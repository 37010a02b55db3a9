import { median } from './median.js';
import { startTestbed } from './testbed.js';

/** Sign-ins, alternating between existing and missing accounts. */
const SAMPLES = 2_000;
/** So many that no account gets ten guesses. */
const ACCOUNTS = 125;
const ALLOWED_MS = 2;

const testbed = await startTestbed(3_220, { REGISTRATION: 'open', TRUST_PROXY: '127.0.0.1' });

function send(path: string, body: object, turn: number): Promise<Response> {
  return fetch(`${testbed.url}${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-forwarded-for': `10.${(turn >> 16) & 255}.${(turn >> 8) & 255}.${turn & 255}`,
    },
    body: JSON.stringify(body),
  });
}

async function timeOf(email: string, turn: number): Promise<number> {
  const startedAt = performance.now();
  const response = await send('/v1/auth/login', { email, password: 'not the password' }, turn);
  await response.arrayBuffer();
  if (response.status !== 401) throw new Error(`answered ${response.status}`);
  return performance.now() - startedAt;
}

try {
  for (let each = 0; each < ACCOUNTS; each += 1) {
    const account = { email: `known-${each}@example.org`, password: 'a password to guess' };
    const { status } = await send('/v1/auth/register', { ...account, displayName: 'Known' }, each);
    if (status !== 201) throw new Error(`not registered: ${status}`);
  }
  const times = { known: [] as number[], unknown: [] as number[] };
  for (let turn = 0; turn < SAMPLES; turn += 1) {
    // Alternates the order, so that neither kind always follows the other.
    const kind = (turn + Math.floor(turn / 2)) % 2 === 0 ? 'known' : 'unknown';
    const account = Math.floor(turn / 2) % ACCOUNTS;
    times[kind].push(await timeOf(`${kind}-${account}@example.org`, turn));
  }
  const [known, unknown] = [median(times.known), median(times.unknown)];
  const apart = Math.abs(known - unknown);
  process.stdout.write(
    `wrong password, ${SAMPLES} in turn: median ${known.toFixed(2)} ms for an existing ` +
      `account, ${unknown.toFixed(2)} ms for a missing account; ${apart.toFixed(2)} ms apart\n`,
  );
  if (apart > ALLOWED_MS) process.exitCode = 1;
} finally {
  await testbed.stop();
}
