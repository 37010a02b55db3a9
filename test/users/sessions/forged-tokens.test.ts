import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { knownUserOf } from '../../../src/platform/access/verified-tokens.js';
import { ServerKeys } from '../../../src/platform/keyring/server-keys.js';
import { useApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import '../../support/expect-problem.js';
import { declaredRoutes, fill, nameOf, routes } from '../../support/routes.js';
import type { Room, User } from '../../support/shapes.js';

type Members = Record<string, unknown>;

/** The order of the curve P-256. */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

let ann: Client;
let ben: Client;
let room: Room;
let ours: KeyObject;
let header: Members;
let claims: Members;

const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const decode = (part = '') => JSON.parse(Buffer.from(part, 'base64url').toString()) as Members;
const now = () => Math.floor(Date.now() / 1000);

const es256 = (key: KeyObject) => (text: string) =>
  sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' });
const hs256 = (secret: string) => (text: string) =>
  createHmac('sha256', secret).update(text).digest();

/** Returns a token like Ann's with changed fields, signed with the server's key by default. */
function forge(head: Members = {}, body: Members = {}, signing = es256(ours)): string {
  const text = `${encode({ ...header, ...head })}.${encode({ ...claims, ...body })}`;
  return `${text}.${signing(text).toString('base64url')}`;
}

const byStranger = (head: Members = {}) => forge(head, {}, es256(stranger.privateKey));
const partsOf = (client: Client) => (client.token ?? '').split('.');
const unsigned = (alg: string) => forge({ alg }, {}, () => Buffer.alloc(0));
const publicPem = () => createPublicKey(ours).export({ type: 'spki', format: 'pem' }).toString();

function mirrored(token: string): string {
  const [head, body, signature = ''] = token.split('.');
  const bytes = Buffer.from(signature, 'base64url');
  const s = ORDER - BigInt(`0x${bytes.subarray(32).toString('hex')}`);
  const other = Buffer.from(s.toString(16).padStart(64, '0'), 'hex');
  const both = Buffer.concat([bytes.subarray(0, 32), other]).toString('base64url');
  return `${head}.${body}.${both}`;
}

const server = useApp();

beforeAll(async () => {
  [ann, ben] = await Promise.all([server.signUp('Ann'), server.signUp('Ben')]);
  room = await server.createRoom();
  const [head, body] = partsOf(ann);
  [header, claims] = [decode(head), decode(body)];
  const keys = server.app.get(ServerKeys, { strict: false });
  const { secret } = await keys.findOrCreate('signing', () => {
    throw new Error('there is no signing key');
  });
  ours = createPrivateKey({ key: secret, format: 'der', type: 'pkcs8' });
});
const forgeries: [string, () => string][] = [
  ['without an algorithm', () => unsigned('none')],
  ['of the algorithm nOnE', () => unsigned('nOnE')],
  ['of ES256 without a signature', () => unsigned('ES256')],
  ['of HS256 with the public key', () => forge({ alg: 'HS256' }, {}, hs256(publicPem()))],
  ['of HS256 with an empty secret', () => forge({ alg: 'HS256' }, {}, hs256(''))],
  ['of RS256 by name', () => forge({ alg: 'RS256' })],
  ['of ES384 by name', () => forge({ alg: 'ES384' })],
  ['signed with another key', () => byStranger()],
  ['signed with another key that the token names', () => byStranger({ kid: 'stranger' })],
  [
    'signed with another key that the token carries',
    () => byStranger({ jwk: stranger.publicKey.export({ format: 'jwk' }) }),
  ],
  ['signed with another key at a URL (jku)', () => byStranger({ jku: `${server.url}/keys` })],
  ['signed with another key at a URL (x5u)', () => byStranger({ x5u: `${server.url}/keys` })],
  ['signed with another key in a certificate (x5c)', () => byStranger({ x5c: ['MIIB'] })],
  ['of an unknown key id', () => forge({ kid: crypto.randomUUID() })],
  ['of a key id that is a path', () => forge({ kid: '../../dev/null' })],
  ['without a key id', () => forge({ kid: undefined })],
  ['with a key id that is not a text', () => forge({ kid: [header['kid']] })],
  ['of another type', () => forge({ typ: 'JWT' })],
  ['without a type', () => forge({ typ: undefined })],
  ['with a critical extension', () => forge({ crit: ['exp'] })],
  ['with an unencoded payload', () => forge({ b64: false })],
  ['without exp', () => forge({}, { exp: undefined })],
  ['that has expired', () => forge({}, { exp: now() - 1 })],
  ['with a text as exp', () => forge({}, { exp: '9999999999' })],
  ['without iat', () => forge({}, { iat: undefined })],
  ['with iat in the future', () => forge({}, { iat: now() + 60 })],
  ['of another issuer', () => forge({}, { iss: 'https://example.org' })],
  ['without an issuer', () => forge({}, { iss: undefined })],
  ['for another audience', () => forge({}, { aud: 'another' })],
  ['without an audience', () => forge({}, { aud: undefined })],
  ['without a subject', () => forge({}, { sub: undefined })],
  ['of another subject', () => forge({}, { sub: ben.signedIn?.user.id })],
  ['with a malformed subject', () => forge({}, { sub: 'admin' })],
  ['without a session', () => forge({}, { sid: undefined })],
  ['of an unknown session', () => forge({}, { sid: crypto.randomUUID() })],
  ['with a malformed session id', () => forge({}, { sid: "' or true --" })],
  ["of another's session", () => forge({}, { sid: decode(partsOf(ben)[1])['sid'] })],
  ['without an id', () => forge({}, { jti: undefined })],
  ['over 4 KiB', () => forge({}, { padding: 'x'.repeat(4_096) })],
  ['with a signature of zeros', () => forge({}, {}, () => Buffer.alloc(64))],
  [
    'with a signature in DER',
    () => forge({}, {}, (text) => sign('sha256', Buffer.from(text), ours)),
  ],
  ['that is cut short', () => (ann.token ?? '').slice(0, -10)],
  ['that lacks its signature', () => partsOf(ann).slice(0, 2).join('.')],
  ['with an additional part', () => `${ann.token}.${partsOf(ann)[2]}`],
  [
    'with the claims of one token and the signature of another',
    () => [...partsOf(ann).slice(0, 2), partsOf(ben)[2]].join('.'),
  ],
  ['with claims that are not JSON', () => `${partsOf(ann)[0]}.bm90IGpzb24.${partsOf(ann)[2]}`],
];

describe('forged access tokens', () => {
  it.each(forgeries)('a token %s opens no protected route', async (_, forged) => {
    const authorization = `Bearer ${forged()}`;
    const target = ben.signedIn?.user.id ?? '';
    await Promise.all(
      routes
        .filter(({ isOpen }) => isOpen !== true)
        .map(async (route) => {
          const path = fill(route, room.id, target);
          const answer = await server.anyone.send(route.method, path, route.body, {
            authorization,
          });
          expect(answer).toBeProblem(401, 'unauthenticated');
          expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
        }),
    );
  });

  it('a token that the test forges without a change is accepted', async () => {
    const authorization = `Bearer ${forge()}`;
    const { body } = await server.anyone.get<User>('/v1/me', { authorization });
    expect(body.id).toBe(ann.signedIn?.user.id);
  });

  it('every route is tried with forged tokens', () => {
    expect(routes.map(nameOf).sort()).toEqual(declaredRoutes(server.app));
  });
});

describe('access tokens', () => {
  it.each(['', 'Bearer', 'Bearer ', 'Basic YTpi', 'Bearer a b'])(
    'a request with the header "%s" lacks an access token',
    async (authorization) => {
      const answer = await server.anyone.get('/v1/me', { authorization });
      expect(answer).toBeProblem(401, 'unauthenticated');
    },
  );

  it('an access token counts only in the header', async () => {
    const answer = await server.anyone.get(`/v1/me?access_token=${ann.token}`);
    expect(answer).toBeProblem(401, 'unauthenticated');
    const posted = await server.anyone.post('/v1/auth/logout', { access_token: ann.token ?? '' });
    expect(posted).toBeProblem(401, 'unauthenticated');
  });

  it('an access token with a changed but valid signature belongs to the same session and ends with it', async () => {
    const cara = await server.signUp('Cara');
    const authorization = `Bearer ${mirrored(cara.token ?? '')}`;
    const before = await server.anyone.get<User>('/v1/me', { authorization });
    if (before.status === 200) expect(before.body.id).toBe(cara.signedIn?.user.id);
    await cara.post('/v1/auth/logout');
    expect(await server.anyone.get('/v1/me', { authorization })).toBeProblem(
      401,
      'unauthenticated',
    );
  });

  it('an access token gets a turn in its user’s name only after its signature was verified', async () => {
    const dan = await server.signUp('Dan');
    const seen = (token = '') => knownUserOf(`Bearer ${token}`);
    expect(seen(dan.token)).toBeUndefined();
    await dan.get('/v1/me');
    expect(seen(dan.token)).toBe(dan.signedIn?.user.id);
    const [head, body] = partsOf(dan);
    const forged = `${head}.${body}.${'A'.repeat(86)}`;
    await server.anyone.get('/v1/me', { authorization: `Bearer ${forged}` });
    expect(seen(forged)).toBeUndefined();
  });
});
