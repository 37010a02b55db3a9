import { execFile } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dump } from '../../support/canaries/dump.js';
import { findCanaries, type Place } from '../../support/canaries/find-canaries.js';
import { succeed } from '../../support/canaries/good-path.js';
import { type Scene, signIn } from '../../support/canaries/scene.js';
import { SECRETS } from '../../support/canaries/secrets.js';
import { type BuiltTestbed, startTestbed, writtenBy } from '../../support/canaries/testbed.js';
import { startReplica } from '../../support/cluster.js';
import type { Environment } from '../../support/config.js';
import { Traffic } from '../../support/traffic.js';

const { secretKeys, nextSecretKeys, newPassword } = SECRETS;
const SLOW = { timeout: 30_000, interval: 200 };
let testbed: BuiltTestbed;
let scene: Scene;

beforeAll(async () => {
  testbed = await startTestbed();
  scene = await succeed(testbed);
  await testbed.replica.stop();
});
afterAll(() => testbed.close());

const search = (places: readonly Place[]) => findCanaries(testbed.secrets.canaries, places);

function cli(
  words: string[],
  environment: Environment,
): Promise<{ code: number; places: Place[] }> {
  return new Promise((resolve) => {
    const env = { PATH: process.env['PATH'], ...environment };
    execFile(process.execPath, ['dist/cli.js', ...words], { env }, (error, stdout, stderr) =>
      resolve({
        code: typeof error?.code === 'number' ? error.code : 0,
        places: [
          { name: 'stdout', text: stdout },
          { name: 'stderr', text: stderr },
        ],
      }),
    );
  });
}

it('a rotation of SECRET_KEYS encrypts all values again, and reveals no secret', async () => {
  const { database } = testbed.postgres;
  const [old] = await database.query<{ id: string }>(
    'select token_key_id as id from room_tokens where token is not null',
  );
  const { environment } = testbed;
  const keys = `${nextSecretKeys},${secretKeys}`;
  const replica = await startReplica({ ...environment, SECRET_KEYS: keys });
  const traffic = new Traffic(replica.url);
  expect(old?.id).toBeDefined();
  const stillOld = () =>
    database.query('select from room_tokens where token_key_id = $1', [old?.id]);
  await expect.poll(stillOld, SLOW).toEqual([]);
  const again = { ...scene, traffic };
  const person = await signIn(again, { email: 'canary-person@example.org', password: newPassword });
  const route = `POST /v1/rooms/${scene.room.id}/join`;
  await traffic.send(person, route);
  expect(traffic.refusals).toEqual([]);
  await replica.stop();
  const places = [...writtenBy(replica), ...traffic.answers];
  expect(search([...places, ...(await dump(database))])).toEqual([]);
});

it('a rotation of the signing key reveals no secret, and neither do the tokens that it invalidates', async () => {
  const { DATABASE_URL = '' } = testbed.environment;
  const keys = `${nextSecretKeys},${secretKeys}`;
  const rotated = await cli(['rotate-signing-key', '--now'], { DATABASE_URL, SECRET_KEYS: keys });
  expect(rotated.code).toBe(0);
  const replica = await startReplica({ ...testbed.environment, SECRET_KEYS: keys });
  const traffic = new Traffic(replica.url);
  const refused = await traffic.send(traffic.as(scene.person.token ?? ''), 'GET /v1/me');
  expect(refused).toMatchObject({ code: 'unauthenticated' });
  await traffic.send(traffic.anyone, 'GET /.well-known/jwks.json');
  await replica.stop();
  const places = [...rotated.places, ...writtenBy(replica), ...traffic.answers];
  expect(search([...places, ...(await dump(testbed.postgres.database))])).toEqual([]);
});

it.each<[string, (usual: Environment) => Environment]>([
  ['other SECRET_KEYS', () => ({ SECRET_KEYS: `${secretKeys} of another server` })],
  [
    'a wrong password of the database',
    ({ DATABASE_URL = '' }) => ({
      DATABASE_URL: Object.assign(new URL(DATABASE_URL), { password: 'canary-wrong-password' })
        .href,
    }),
  ],
  [
    'a missing database',
    ({ DATABASE_URL = '' }) => ({
      DATABASE_URL: Object.assign(new URL(DATABASE_URL), { pathname: '/nowhere' }).href,
    }),
  ],
])('neither a start nor a command that fails because of %s reveals a secret', async (_, change) => {
  const { DATABASE_URL = '', SECRET_KEYS = '' } = testbed.environment;
  const changed = change(testbed.environment);
  const started = await startReplica({ ...testbed.environment, ...changed }).catch(String);
  const text = typeof started === 'string' ? started : expect.unreachable('it started');
  const command = await cli(['rotate-signing-key'], { DATABASE_URL, SECRET_KEYS, ...changed });
  expect(command.code).toBe(1);
  expect(search([{ name: 'the start', text }, ...command.places])).toEqual([]);
  expect(text).not.toContain('canary-wrong-password');
});
