import type { KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { z } from 'zod';
import { BoundedMap } from '../tasks/bounded-map.js';
import { SessionEnded } from '../http/problems.js';
import { AUDIENCE, LiveSessions, VerificationKeys } from './access.ports.js';
import type { Principal } from './principal.js';
import { rememberVerified } from './verified-tokens.js';
import { AccessTokenExpired, AccessTokenEarly, AccessTokenIncomplete } from './access.problems.js';

const MAX_TOKEN_LENGTH = 4_096;
/** Seconds that `iat` may lie ahead of the database's clock. */
const LEEWAY = 5;

const Header = z.looseObject({
  alg: z.literal('ES256'),
  typ: z.literal('at+jwt'),
  kid: z.string(),
  crit: z.never().optional(),
  b64: z.never().optional(),
});

const Claims = z.object({
  sub: z.uuid(),
  sid: z.uuid(),
  jti: z.string().min(1),
  iat: z.int(),
  exp: z.int(),
});
type Claims = z.infer<typeof Claims>;

rememberVerified(Strategy);

const bearer = ExtractJwt.fromAuthHeaderAsBearerToken();

// All tokens of a key have the same encoded header.
const headers = new BoundedMap<string>(100);

function keyIdOf(token: string): string | undefined {
  const encoded = token.slice(0, token.indexOf('.'));
  const known = headers.get(encoded);
  if (known !== undefined) return known;
  try {
    const { kid } = Header.parse(JSON.parse(Buffer.from(encoded, 'base64url').toString()));
    headers.set(encoded, kid);
    return kid;
  } catch {
    return undefined;
  }
}

/** Also refuses, by RFC 8725 and RFC 9068, tokens without `exp`, with `crit`, of another `typ`. */
@Injectable()
export class AccessTokenStrategy extends PassportStrategy(Strategy, 'access-token') {
  private readonly checked = new WeakMap<object, Claims>();

  constructor(
    keys: VerificationKeys,
    private readonly sessions: LiveSessions,
  ) {
    super({
      jwtFromRequest: (request) => {
        const token = bearer(request);
        return token !== null && token.length <= MAX_TOKEN_LENGTH ? token : null;
      },
      secretOrKeyProvider: (_request: unknown, token: string, done) => {
        const decide = (key?: KeyObject) =>
          key ? done(null, key as never) : done(new Error('not one of ours'));
        const keyId = keyIdOf(token);
        const known = keyId === undefined ? undefined : keys.find(keyId);
        if (known || keyId === undefined) decide(known);
        else keys.seek(keyId).then(decide, done);
      },
      algorithms: ['ES256'],
      issuer: keys.issuer,
      audience: AUDIENCE,
      // `validate` compares the times with the database's clock.
      ignoreExpiration: true,
      jsonWebTokenOptions: { ignoreNotBefore: true },
    });
  }

  async validate(payload: object): Promise<Principal> {
    const { sub, sid, iat, exp } = this.claimsOf(payload);
    const principal = await this.sessions.findLive(sid);
    if (principal?.userId !== sub) throw new SessionEnded();
    const now = principal.seenAt.getTime() / 1000;
    if (exp <= now) throw new AccessTokenExpired();
    if (iat > now + LEEWAY) throw new AccessTokenEarly();
    return principal;
  }

  // A remembered token always has the same payload object.
  private claimsOf(payload: object): Claims {
    const known = this.checked.get(payload);
    if (known) return known;
    const claims = Claims.safeParse(payload);
    if (!claims.success) throw new AccessTokenIncomplete();
    this.checked.set(payload, claims.data);
    return claims.data;
  }
}
