import { Injectable } from '@nestjs/common';
import type { BearerForm } from '../../platform/access/bearer-form.ports.js';
import type { Principal } from '../../platform/access/principal.js';
import { issuerNamedBy } from '../../platform/http/jwt-form.js';
import { DeviceName } from '../../platform/http/schema.js';
import { originOf, type Request } from '../../platform/http/request.js';
import { type IssuerToken, toIssuerToken } from './issuer-token.js';
import { IssuerSessions } from './issuer-sessions.service.js';
import { Issuers } from './issuers.js';
import { refused, UnreadableDevice } from './issuers.problems.js';
import { readToken, refuseAlgorithm } from './token-text.js';
import { digestOf, VerifiedTokens } from './verified-tokens.js';

/** The bearer form of tokens whose issuer is in `TRUSTED_ISSUERS`. */
@Injectable()
export class IssuerTokens implements BearerForm {
  private readonly verified = new VerifiedTokens();

  constructor(
    private readonly issuers: Issuers,
    private readonly sessions: IssuerSessions,
  ) {}

  isFormOf(token: string): boolean {
    if (this.issuers.areNone) return false;
    const issuer = issuerNamedBy(token);
    return issuer !== undefined && this.issuers.find(issuer) !== undefined;
  }

  async authenticate(text: string, request: Request): Promise<Principal> {
    const digest = digestOf(text);
    const token = this.rememberedBy(digest) ?? (await this.verify(text, digest));
    const device = deviceOf(request);
    const principal = await this.sessions.principalOf(token, device, originOf(request));
    this.verified.noteUser(digest, principal.userId);
    return principal;
  }

  knownUserOf(text: string): string | undefined {
    if (this.issuers.areNone || text === '') return undefined;
    return this.verified.find(digestOf(text))?.userId;
  }

  /** Checks the token, but neither times nor sessions. @throws {IssuerTokenRefused} */
  async verify(text: string, digest = digestOf(text)): Promise<IssuerToken> {
    const unverified = readToken(text);
    const issuer = this.issuers.find(issuerNamedBy(text) ?? '');
    refuseAlgorithm(unverified, issuer?.configured);
    if (!issuer) throw refused('issuer_unknown');
    const { alg } = unverified.header;
    const keys = await issuer.keys.verify(unverified.header, async (key) => {
      // Loaded already, by the keys.
      const { compactVerify } = await import('jose');
      return compactVerify(text, key, { algorithms: [alg] }).then(
        () => true,
        () => false,
      );
    });
    const token = toIssuerToken(issuer.configured, unverified.claims);
    this.verified.remember(digest, token, keys);
    return token;
  }

  private rememberedBy(digest: string): IssuerToken | undefined {
    const entry = this.verified.find(digest);
    const keys = entry && this.issuers.find(entry.token.issuer.issuer)?.keys.version;
    return entry && entry.keys === keys ? entry.token : undefined;
  }
}

/** @throws {InvalidRequest} */
function deviceOf({ headers }: Request): string | undefined {
  const device = headers['latchkey-device'];
  if (device === undefined) return undefined;
  const { data } = DeviceName.safeParse(device);
  if (data !== undefined) return data;
  throw new UnreadableDevice();
}
