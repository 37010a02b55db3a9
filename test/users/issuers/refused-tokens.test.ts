import { describe, expect, it } from 'vitest';
import { createIssuerKey } from '../../support/issuer.js';
import type { JoinGrant } from '../../support/shapes.js';
import { now, onDevice, useTrustingServer } from '../../support/trusting-server.js';

const trusted = useTrustingServer();

type Claims = Record<string, unknown>;

const verdictOn = (text: string) => trusted.verdictOn(text);

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
/** A token with a signature that is none. */
const forged = (header: Claims, claims: Claims = {}) =>
  `${encode({ alg: 'ES256', kid: 'first', typ: 'JWT', ...header })}.${encode({ iss: trusted.issuer.url, sub: 'eve', ...claims })}.${'a'.repeat(86)}`;

describe('a refused token', () => {
  it.each(['no-token', 'a.b', 'a.b.c', 'a.b.c.d', '....', '%7B%7D', 'undefined'])(
    'the text %s is malformed',
    async (text) => {
      expect(await verdictOn(text)).toBe('malformed');
    },
  );

  it.each<[string, Claims]>([
    ['crit', { crit: ['exp'] }],
    ['b64', { b64: true }],
    ['the type of a logout token', { typ: 'logout+jwt' }],
    ['a key id of another type', { kid: 5 }],
    ['an algorithm of another type', { alg: 5 }],
  ])('a token with %s is malformed', async (_, header) => {
    expect(await verdictOn(forged(header))).toBe('malformed');
  });

  it('a token of more than 8 KiB is malformed, and a token of nearly 8 KiB is accepted', async () => {
    const sign = (length: number) =>
      trusted.issuer.sign({ sub: 'large', padding: 'x'.repeat(length) });
    const short = (await sign(0)).length;
    const largest = await sign(Math.floor(((8_192 - short) * 3) / 4) - 4);
    expect(largest.length).toBeGreaterThan(8_150);
    expect(largest.length).toBeLessThanOrEqual(8_192);
    expect(await verdictOn(largest)).toBe('accepted');
    expect(await verdictOn(await sign(6_300))).toBe('malformed');
  });

  it.each(['HS256', 'none', 'RS384', 'es256'])('the algorithm %s is refused', async (alg) => {
    expect(await verdictOn(forged({ alg }))).toBe('algorithm');
  });

  it('an issuer that is not trusted is refused', async () => {
    const iss = `${trusted.issuer.url}/`;
    expect(await verdictOn(await trusted.issuer.sign({ iss }))).toBe('issuer_unknown');
    expect(await verdictOn(await trusted.issuer.sign({ iss: undefined }))).toBe('issuer_unknown');
  });

  it('a changed signature, changed claims and the key of a stranger are refused', async () => {
    const [header, , signature] = (await trusted.issuer.sign()).split('.') as [
      string,
      string,
      string,
    ];
    const [, claims = ''] = (await trusted.issuer.sign({ sub: 'somebody-else' })).split('.');
    expect(await verdictOn(`${header}.${claims}.${signature}`)).toBe('signature');
    expect(await verdictOn(forged({}))).toBe('signature');
    const stranger = await createIssuerKey('first');
    expect(await verdictOn(await trusted.issuer.sign({}, {}, stranger))).toBe('signature');
  });

  it('a key in the header of a token is ignored', async () => {
    const stranger = await createIssuerKey('first');
    const header = {
      jwk: stranger.publicJwk,
      jku: `${trusted.issuer.url}/evil`,
      x5u: 'https://evil',
    };
    expect(await verdictOn(await trusted.issuer.sign({}, header, stranger))).toBe('signature');
    expect(trusted.issuer.requests).not.toContain('/evil');
    expect(await verdictOn(await trusted.issuer.sign({}, header))).toBe('accepted');
  });

  it.each<[string, Claims, string]>([
    ['no subject', { sub: undefined }, 'claim_missing'],
    ['a subject of 256 characters', { sub: 'a'.repeat(256) }, 'claim_missing'],
    ['a subject that cannot be printed', { sub: 'a\nb' }, 'claim_missing'],
    ['no exp', { exp: undefined }, 'claim_missing'],
    ['exp as a text', { exp: '9999999999' }, 'claim_missing'],
    ['no iat', { iat: undefined }, 'claim_missing'],
    ['the audience of another service', { aud: 'other' }, 'audience'],
    ['no audience', { aud: undefined }, 'audience'],
    ['a confirmation key', { cnf: { jkt: 'a' } }, 'bound'],
  ])('a token with %s is refused', async (_, claims, reason) => {
    expect(await verdictOn(await trusted.issuer.sign({ sub: 'odd', ...claims }))).toBe(reason);
  });

  it('30 s of leeway apply to exp, iat and nbf', async () => {
    const judge = async (claims: Claims) =>
      verdictOn(await trusted.issuer.sign({ sub: trusted.newSubject(), ...claims }));
    const [soon, late] = [10, 60];
    expect(await judge({ iat: now() - 400, exp: now() - soon })).toBe('accepted');
    expect(await judge({ iat: now() - 400, exp: now() - late })).toBe('expired');
    expect(await judge({ iat: now() + soon })).toBe('accepted');
    expect(await judge({ iat: now() + late, exp: now() + 900 })).toBe('not_yet_valid');
    expect(await judge({ nbf: now() + soon })).toBe('accepted');
    expect(await judge({ nbf: now() + late })).toBe('not_yet_valid');
  });

  it('an old token of a session that goes on with newer tokens is expired', async () => {
    const sub = trusted.newSubject();
    await trusted.visit({ sub, sid: 'a' });
    const old = await trusted.issuer.sign({ sub, sid: 'a', iat: now() - 400, exp: now() - 60 });
    expect(await verdictOn(old)).toBe('expired');
  });

  it('a token of far future times is accepted, and its session is listed', async () => {
    const { client } = await trusted.visit({ exp: 1e15 });
    expect((await client.get('/v1/me/sessions')).status).toBe(200);
  });
});

describe('the first of several faults', () => {
  const everything = { sub: undefined, aud: 'other', cnf: {}, exp: 1, iat: now() + 900 };

  it('the form comes before the algorithm, and the algorithm before the key', async () => {
    const wrong = { crit: ['a'], alg: 'HS256', kid: 'unknown' };
    expect(await verdictOn(forged(wrong, everything))).toBe('malformed');
    expect(await verdictOn(forged({ alg: 'HS256', kid: 'unknown' }, everything))).toBe('algorithm');
  });

  it('the form and the algorithm come before the issuer', async () => {
    const iss = 'https://elsewhere.example';
    expect(await verdictOn(forged({ crit: ['a'], alg: 'HS256' }, { iss }))).toBe('malformed');
    expect(await verdictOn(forged({ typ: 'logout+jwt' }, { iss }))).toBe('malformed');
    expect(await verdictOn(forged({ alg: 'none' }, { iss }))).toBe('algorithm');
    expect(await verdictOn(forged({ alg: 'HS256' }, { iss }))).toBe('algorithm');
    expect(await verdictOn(forged({}, { iss }))).toBe('issuer_unknown');
  });

  it('the signature comes before the claims, and the claims before the times', async () => {
    expect(await verdictOn(forged({}, everything))).toBe('signature');
    const judge = async (claims: Claims) => verdictOn(await trusted.issuer.sign(claims));
    expect(await judge(everything)).toBe('claim_missing');
    expect(await judge({ ...everything, sub: 'a' })).toBe('audience');
    expect(await judge({ ...everything, sub: 'a', aud: 'latchkey' })).toBe('bound');
    const unbound = { ...everything, sub: 'a', aud: 'latchkey', cnf: undefined };
    expect(await judge(unbound)).toBe('expired');
    expect(await judge({ ...unbound, exp: now() + 900 })).toBe('not_yet_valid');
  });
});

describe('the header Latchkey-Device', () => {
  it.each(['phone', 'a', '-_09AZ', 'a'.repeat(64)])('the device %s is accepted', async (device) => {
    const { client } = await trusted.visit();
    expect((await client.get('/v1/me', onDevice(device))).status).toBe(200);
  });

  it.each(['', 'a b', 'a,b', 'a'.repeat(65), 'ä', 'a.b', 'a=b'])(
    'the device "%s" is refused with 400',
    async (device) => {
      const { client } = await trusted.visit();
      const answer = await client.get('/v1/me', onDevice(device));
      expect(answer).toBeProblem(400, 'invalid_request');
    },
  );

  it('a refused device opens no session', async () => {
    const sub = trusted.newSubject();
    const client = await trusted.client({ sub });
    expect(await client.get('/v1/me', onDevice('a b'))).toBeProblem(400, 'invalid_request');
    const count = `select count(*) from users where external_id = $1`;
    expect(await trusted.count(count, [sub])).toBe(0);
  });

  it('a person has a seat for each device', async () => {
    const { client, user } = await trusted.visit();
    const room = await trusted.server.createRoom();
    const seatOn = async (device: string) => {
      const path = `/v1/rooms/${room.id}/join`;
      const { status, body } = await client.post<JoinGrant>(path, {}, onDevice(device));
      expect(status).toBe(200);
      return body.participant.id;
    };
    const [phone, television] = [await seatOn('phone'), await seatOn('television')];
    expect(television).not.toBe(phone);
    expect(await seatOn('phone')).toBe(phone);
    const count = 'select count(*) from seats where user_id = $1';
    expect(await trusted.count(count, [user.id])).toBe(2);
  });
});
