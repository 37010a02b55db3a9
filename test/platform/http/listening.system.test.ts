import { once } from 'node:events';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createLog } from '../../../src/platform/http/log.js';
import { reasonOf } from '../../../src/platform/database/reason.js';
import { createServer, listen } from '../../../src/server.js';
import { testConfig } from '../../support/config.js';
import { cloneDatabase } from '../../support/database.js';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

/** Returns a port of 127.0.0.1 on which another program listens. */
async function takenPort(): Promise<string> {
  const other = createTcpServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  ends.push(() => other.close());
  return String((other.address() as AddressInfo).port);
}

/** Returns the message of a server that cannot listen. */
async function refusal(variables: Record<string, string>): Promise<string> {
  const database = await cloneDatabase();
  ends.push(() => database.drop());
  const config = testConfig({ DATABASE_URL: database.url, ...variables });
  const app = await createServer(config, createLog('fatal'));
  ends.push(() => app.close());
  return listen(app, config).then(
    () => 'it listens',
    (error: unknown) => reasonOf(error),
  );
}

const prefixes = [
  ['HOST', '', {}],
  ['METRICS_HOST', 'METRICS_', { METRICS_PORT: '0' }],
] as const;

describe.each(prefixes)('a server that cannot listen on its %s', (_, prefix, basis) => {
  it.each(['localhostt', 'http://0.0.0.0:3000', '127.0.0.1:3000', '203.0.113.1', 'a.invalid'])(
    'the server says that the host %s is not an address of this machine',
    async (host) => {
      const said = await refusal({ ...basis, [`${prefix}HOST`]: host });
      expect(said).toMatch(
        new RegExp(`(^|\\W)${prefix}HOST (is not an address|cannot be resolved)`),
      );
      expect(said).not.toMatch(/database/i);
    },
  );

  it('the server says that another program uses the port', async () => {
    const port = await takenPort();
    const said = await refusal({ ...basis, [`${prefix}PORT`]: port });
    expect(said).toContain(`another program listens on port ${port}: stop that program`);
    expect(said).toMatch(new RegExp(` set ${prefix}PORT to another`));
  });
});

describe('errors of other parts', () => {
  it.each(['ENOTFOUND', 'ECONNREFUSED', 'ERR_INVALID_ARG_TYPE', 'EACCES'])(
    'the error %s is not reported as an error of the database',
    (code) => {
      const error = Object.assign(new Error('no such thing'), { code });
      expect(reasonOf(error)).toBe('no such thing');
    },
  );
});
