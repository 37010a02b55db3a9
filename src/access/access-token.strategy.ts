import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { z } from 'zod';
import { Unauthenticated } from '../common/problems.js';
import { AUDIENCE, LiveSessions, VerificationKeys } from './access.ports.js';
import type { Principal } from './principal.js';
import { rememberVerified } from './verified-tokens.js';

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

rememberVerified(Strategy);

const bearer = ExtractJwt.fromAuthHeaderAsBearerToken();

function headerOf(token: string): z.infer<typeof Header> | undefined {
  const [encoded = ''] = token.split('.', 1);
  try {
    const parsed = Header.safeParse(JSON.parse(Buffer.from(encoded, 'base64url').toString()));
    return parsed.data;
  } catch {
    return undefined;
  }
}

/**
 * Passport's strategy for our access tokens. jsonwebtoken checks signature, algorithm, issuer and
 * audience; the rest of RFC 8725 and RFC 9068 is checked here, since it lets through tokens without
 * `exp`, with `crit`, or of another `typ`. Times are compared with the database's clock, which comes
 * with the session.
 */
@Injectable()
export class AccessTokenStrategy extends PassportStrategy(Strategy, 'access-token') {
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
        const header = headerOf(token);
        const key = header && keys.find(header.kid);
        if (key) done(null, key as never);
        else done(new Unauthenticated('The access token is not one of ours.'));
      },
      algorithms: ['ES256'],
      issuer: keys.issuer,
      audience: AUDIENCE,
      ignoreExpiration: true,
      jsonWebTokenOptions: { ignoreNotBefore: true },
    });
  }

  async validate(payload: unknown): Promise<Principal> {
    const claims = Claims.safeParse(payload);
    if (!claims.success) throw new Unauthenticated('The access token lacks a claim.');
    const { sub, sid, iat, exp } = claims.data;
    const principal = await this.sessions.findLive(sid);
    if (principal?.userId !== sub) throw new Unauthenticated('The session has ended.');
    const now = principal.seenAt.getTime() / 1000;
    if (exp <= now) throw new Unauthenticated('The access token has expired.');
    if (iat > now + LEEWAY) throw new Unauthenticated('The access token is not valid yet.');
    return principal;
  }
}
