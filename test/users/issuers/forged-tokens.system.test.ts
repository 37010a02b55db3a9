import {
  createHmac,
  createPublicKey,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  sign,
} from 'node:crypto';
import { exportPKCS8 } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import { type IssuerKey, TestIssuer, trusting } from '../../support/issuer.js';
import { RequestStatements } from '../../support/request-statements.js';
import { fill, routes } from '../../support/routes.js';
import type { Room, SignedIn, User } from '../../support/shapes.js';

type Members = Record<string, unknown>;
type Sign = (text: string) => Buffer;

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const now = () => Math.floor(Date.now() / 1000);
const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' });

let issuer: TestIssuer;
let second: TestIssuer;
let server: TestApp;
let statements: RequestStatements;
let room: Room;
let key: IssuerKey;
let pem: string;
let genuine: string;

const es256 =
  (signing: string | KeyObject): Sign =>
  (text) =>
    sign('sha256', Buffer.from(text), { key: signing as KeyObject, dsaEncoding: 'ieee-p1363' });
const hs256 =
  (secret: string): Sign =>
  (text) =>
    createHmac('sha256', secret).update(text).digest();
let byIssuer: Sign;

/** A token like those of the issuer with changed fields, signed with its key by default. */
function forge(head: Members = {}, body: Members = {}, signing: Sign = byIssuer): string {
  const header = { alg: 'ES256', kid: key.kid, typ: 'JWT', ...head };
  const iat = now();
  const claims = { iss: issuer.url, sub: 'ann', aud: 'latchkey', iat, exp: iat + 300, ...body };
  const text = `${encode(header)}.${encode(claims)}`;
  return `${text}.${signing(text).toString('base64url')}`;
}
const byStranger = (head: Members = {}) => forge(head, {}, es256(stranger.privateKey));
const unsigned = (alg: string) => forge({ alg }, {}, () => Buffer.alloc(0));
const parts = () => genuine.split('.');

beforeAll(async () => {
  [issuer, second] = [await TestIssuer.start(), await TestIssuer.start()];
  server = await startApp(trusting(issuer.entry(), second.entry({ name: 'second' })));
  statements = new RequestStatements(server);
  room = await server.createRoom();
  key = issuer.keys[0] as IssuerKey;
  byIssuer = es256(await exportPKCS8(key.privateKey));
  const published = { key: key.publicJwk as JsonWebKey, format: 'jwk' } as const;
  pem = createPublicKey(published).export({ type: 'spki', format: 'pem' }).toString();
  genuine = await issuer.sign();
});
afterAll(async () => {
  statements.stop();
  await server.stop();
  await Promise.all([issuer.close(), second.close()]);
});

/** Each forgery, with the reason of its refusal. */
const forgeries: [string, string, () => string | Promise<string>][] = [
  ['algorithm', 'without an algorithm', () => unsigned('none')],
  ['algorithm', 'of the algorithm nOnE', () => unsigned('nOnE')],
  ['signature', 'of ES256 without a signature', () => forge({}, {}, () => Buffer.alloc(0))],
  ['algorithm', 'of HS256 with the public key', () => forge({ alg: 'HS256' }, {}, hs256(pem))],
  ['algorithm', 'of HS256 with an empty secret', () => forge({ alg: 'HS256' }, {}, hs256(''))],
  ['algorithm', 'of an algorithm that is not listed', () => forge({ alg: 'ES384' })],
  ['algorithm', 'of an algorithm in lower case', () => forge({ alg: 'es256' })],
  ['malformed', 'with a list as the algorithm', () => forge({ alg: ['ES256'] })],
  ['malformed', 'without the name of an algorithm', () => forge({ alg: undefined })],
  ['key_unknown', 'of RS256 by name', () => forge({ alg: 'RS256' })],
  ['signature', 'signed with another key', () => byStranger()],
  ['key_unknown', 'signed with another key that it names', () => byStranger({ kid: 'stranger' })],
  [
    'signature',
    'signed with another key that it carries',
    () => byStranger({ jwk: stranger.publicKey.export({ format: 'jwk' }) }),
  ],
  ['signature', 'signed with a key at a URL (jku)', () => byStranger({ jku: `${server.url}/jku` })],
  ['signature', 'signed with a key at a URL (x5u)', () => byStranger({ x5u: `${server.url}/x5u` })],
  ['signature', 'signed with a key in a certificate', () => byStranger({ x5c: ['MIIB'] })],
  ['key_unknown', 'of a key id that is a path', () => forge({ kid: '../../dev/null' })],
  ['key_unknown', 'of a key id like a property', () => forge({ kid: '__proto__' })],
  ['malformed', 'with a key id that is not a text', () => forge({ kid: [key.kid] })],
  [
    'signature',
    'signed by another trusted issuer',
    () => second.sign({ iss: issuer.url }, { kid: 'first' }),
  ],
  ['malformed', 'of the type of logout tokens', () => forge({ typ: 'logout+jwt' })],
  ['malformed', 'of the type of DPoP proofs', () => forge({ typ: 'dpop+jwt' })],
  ['malformed', 'with a number as its type', () => forge({ typ: 1 })],
  ['malformed', 'with a critical extension', () => forge({ crit: ['exp'] })],
  ['malformed', 'with an unencoded payload', () => forge({ b64: false })],
  ['malformed', 'with an encoded payload by extension', () => forge({ b64: true, crit: ['b64'] })],
  ['claim_missing', 'without exp', () => forge({}, { exp: undefined })],
  ['claim_missing', 'with a text as exp', () => forge({}, { exp: '9999999999' })],
  ['claim_missing', 'without iat', () => forge({}, { iat: undefined })],
  ['claim_missing', 'with null as iat', () => forge({}, { iat: null })],
  ['claim_missing', 'with a text as nbf', () => forge({}, { nbf: 'soon' })],
  ['claim_missing', 'without a subject', () => forge({}, { sub: undefined })],
  ['claim_missing', 'with an empty subject', () => forge({}, { sub: '' })],
  ['claim_missing', 'with a number as its subject', () => forge({}, { sub: 7 })],
  ['claim_missing', 'with a subject of 256 characters', () => forge({}, { sub: 'x'.repeat(256) })],
  [
    'claim_missing',
    'with a control character in its subject',
    () => forge({}, { sub: 'a\u0000b' }),
  ],
  ['audience', 'for another audience', () => forge({}, { aud: 'another' })],
  ['audience', 'without an audience', () => forge({}, { aud: undefined })],
  ['audience', 'with an object as its audience', () => forge({}, { aud: { latchkey: true } })],
  ['bound', 'that is bound to a key', () => forge({}, { cnf: { jkt: 'x' } })],
  ['issuer_unknown', 'of another issuer', () => forge({}, { iss: 'https://example.org' })],
  ['issuer_unknown', 'of its issuer with a slash', () => forge({}, { iss: `${issuer.url}/` })],
  ['issuer_unknown', 'of a list of issuers', () => forge({}, { iss: [issuer.url] })],
  ['issuer_unknown', 'of an issuer like a property', () => forge({}, { iss: 'constructor' })],
  ['signature', 'that claims to be our own', () => forge({}, { iss: 'latchkey' })],
  ['malformed', 'over 8 KiB', () => forge({}, { padding: 'x'.repeat(8_192) })],
  ['signature', 'with a signature of zeros', () => forge({}, {}, () => Buffer.alloc(64))],
  ['signature', 'that is cut short', () => genuine.slice(0, -10)],
  ['malformed', 'that lacks its signature', () => parts().slice(0, 2).join('.')],
  ['malformed', 'with an additional part', () => `${genuine}.${parts()[2]}`],
  [
    'signature',
    'with the claims of one token and the signature of another',
    async () =>
      [...(await issuer.sign({ sub: 'eve' })).split('.').slice(0, 2), parts()[2]].join('.'),
  ],
  ['malformed', 'with claims that are not JSON', () => `${parts()[0]}.bm90IGpzb24.${parts()[2]}`],
  ['malformed', 'with a list as its claims', () => `${parts()[0]}.${encode([])}.${parts()[2]}`],
];

const protectedRoutes = routes.filter(({ isOpen }) => isOpen !== true);

describe('forged tokens of an issuer', () => {
  it('the genuine token is accepted', async () => {
    const ann = server.anyone.as({ accessToken: genuine } as SignedIn);
    expect((await ann.get<User>('/v1/me')).body.externalId).toBe('ann');
  });

  it.each(forgeries)(
    '(%s) a token %s opens no route, and costs no query',
    async (reason, _, make) => {
      const authorization = `Bearer ${await make()}`;
      const user = server.admin.signedIn?.user.id ?? '';
      const [answers, sent] = await statements.of(() =>
        Promise.all(
          protectedRoutes.map((route) =>
            server.anyone.send<{ code: string; reason?: string }>(
              route.method,
              fill(route, room.id, user),
              route.body,
              { authorization },
            ),
          ),
        ),
      );
      expect(sent).toEqual([]);
      for (const { status, headers, body } of answers) {
        // A key that might be new is refused for now during the pause after a load.
        if (status === 503 && reason === 'key_unknown') {
          expect(body.code).toBe('issuer_unavailable');
          continue;
        }
        expect([status, body.code, body.reason]).toEqual([401, 'unauthenticated', reason]);
        expect(headers.get('www-authenticate')).toContain('error="invalid_token"');
      }
    },
  );
});
