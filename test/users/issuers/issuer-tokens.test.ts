import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { trusting, TestIssuer } from '../../support/issuer.js';
import { RequestStatements } from '../../support/request-statements.js';
import type { SignedIn, User } from '../../support/shapes.js';

let issuer: TestIssuer;
let server: TestApp;

const bearing = (accessToken: string): Client => server.anyone.as({ accessToken } as SignedIn);
const me = async (client: Client) => (await client.get<User>('/v1/me')).body;

beforeAll(async () => {
  issuer = await TestIssuer.start();
  server = await startApp(trusting(issuer.entry()));
});
afterAll(async () => {
  await server.stop();
  await issuer.close();
});

describe('a token of a trusted issuer', () => {
  it('the first request creates the user and the session', async () => {
    const ann = bearing(await issuer.sign({ sub: 'first', name: 'Ann', sid: 's1' }));
    expect(await me(ann)).toMatchObject({
      kind: 'external',
      issuer: issuer.url,
      externalId: 'first',
      displayName: 'Ann',
      email: null,
      role: 'user',
      status: 'active',
    });
    expect((await ann.get('/v1/me/sessions')).body).toMatchObject({
      items: [{ kind: 'issuer', current: true }],
    });
  });

  it('a repeat join costs the statements of an own token', async () => {
    const statements = new RequestStatements(server);
    const room = await server.createRoom();
    const own = await server.signUp();
    const foreign = bearing(await issuer.sign({ sub: 'joiner' }));
    const sentFor = async (client: Client) => {
      await server.join(client, room);
      const [, sent] = await statements.of(() => server.join(client, room));
      return sent;
    };
    expect(await sentFor(foreign)).toEqual(await sentFor(own));
    statements.stop();
  });
});
