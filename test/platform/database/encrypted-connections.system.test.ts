import { once } from 'node:events';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { DataSource } from 'typeorm';
import { afterEach, describe, expect, it } from 'vitest';
import { dataSourceOptions } from '../../../src/platform/database/data-source.js';
import { migrate } from '../../../src/platform/database/migrate.js';
import { reasonOf } from '../../../src/platform/database/reason.js';
import { startApp } from '../../support/app.js';
import { testConfig } from '../../support/config.js';
import { untrusted } from '../../support/untrusted-certificate.js';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket.on('error', () => undefined)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ends.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

describe('a CAS with an untrusted certificate', () => {
  it('CAS receives neither key nor secret, even if the environment disables the check', async () => {
    const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    ends.push(() => {
      if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
      else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before;
    });
    const heard: unknown[] = [];
    const cas = createHttpsServer(untrusted, (request, response) => {
      heard.push(request.headers);
      response.setHeader('content-type', 'application/json').end('{"token":"stolen"}');
    });
    const port = await listen(cas);
    const server = await startApp({ CAS_URL: `https://127.0.0.1:${port}/` });
    ends.push(() => server.stop());
    const room = await server.createRoom();
    const joining = server.admin.post(`/v1/rooms/${room.id}/join`);
    await expect
      .poll(async () => JSON.stringify((await server.anyone.get('/health/ready')).body))
      .toContain('DEPTH_ZERO_SELF_SIGNED_CERT');
    await server.admin.delete(`/v1/rooms/${room.id}`);
    expect((await joining).status).toBeGreaterThanOrEqual(400);
    expect(heard).toEqual([]);
  });
});

/** The first message of a Postgres client that wants TLS. */
const WISH = Buffer.from('0000000804d2162f', 'hex');

/** Starts a middleman that answers the request for TLS, and records everything it receives. */
async function startMiddleman(answer: 'N' | 'S'): Promise<{ url: string; heard: Buffer[] }> {
  const heard: Buffer[] = [];
  const port = await listen(
    createServer((socket) => {
      socket.once('data', (first: Buffer) => {
        heard.push(first);
        if (!first.equals(WISH)) return void socket.destroy();
        socket.write(answer);
        const next =
          answer === 'N' ? socket : new TLSSocket(socket, { isServer: true, ...untrusted });
        next.on('data', (bytes: Buffer) => heard.push(bytes)).on('error', () => undefined);
      });
    }),
  );
  return { url: `postgres://latchkey:canary@127.0.0.1:${port}/latchkey`, heard };
}

describe('a Postgres that must speak TLS', () => {
  it.each([
    ['has no TLS', 'N', 'require'],
    ['has no TLS', 'N', 'verify-full'],
    ['has an untrusted certificate', 'S', 'verify-full'],
  ] as const)(
    'a Postgres that %s receives no credentials (%s, sslmode=%s)',
    async (_, answer, mode) => {
      const { url, heard } = await startMiddleman(answer);
      const config = testConfig({ DATABASE_URL: `${url}?sslmode=${mode}` });
      const why = answer === 'N' ? 'does not support SSL' : 'self-signed certificate';
      const cure = answer === 'N' ? 'sslmode in DATABASE_URL' : 'sslrootcert in DATABASE_URL';
      // The patience exceeds the test's timeout, so the refusal must come at once.
      const refused = migrate(config, 600_000);
      await expect(refused).rejects.toThrow(why);
      expect(await refused.catch(reasonOf)).toContain(cure);
      await expect(new DataSource(dataSourceOptions(config)).initialize()).rejects.toThrow(why);
      expect(heard.length).toBeGreaterThanOrEqual(2);
      for (const words of heard) expect(words).toEqual(WISH);
    },
  );

  it('a Postgres receives the user name if TLS is not required', async () => {
    const { url, heard } = await startMiddleman('N');
    await expect(migrate(testConfig({ DATABASE_URL: url }), 0)).rejects.toThrow(
      'Connection terminated',
    );
    expect(Buffer.concat(heard).toString('latin1')).toContain('user\0latchkey');
  });
});
