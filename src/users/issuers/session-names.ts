import { Injectable } from '@nestjs/common';
import { v8Of } from '../../platform/database/ids.js';
import type { Origin } from '../../platform/http/request.js';
import { ServerSecrets } from '../../platform/keyring/server-secrets.js';
import { identityKeyOf } from '../accounts/external-identity.js';
import type { IssuerSession } from './issuer-sessions.repository.js';
import { type IssuerToken, laterThan, LEEWAY } from './issuer-token.js';

/** Names sessions, sign-ins and people by keyed hashes, so that equal tokens lead to equal rows. */
@Injectable()
export class SessionNames {
  constructor(private readonly secrets: ServerSecrets) {}

  /**
   * @param device the header `Latchkey-Device`. Without it, a phone and a TV would share a seat if
   * the issuer has no session claim
   */
  idOf(token: IssuerToken, device: string | undefined): string {
    const name = [...signInOf(token), device ?? null];
    return v8Of(this.secrets.mac('issuer session', JSON.stringify(name)));
  }

  sessionOf(id: string, token: IssuerToken, origin: Origin): IssuerSession {
    const after = laterThan(token);
    return {
      id,
      signInKey: this.signInKeyOf(token),
      identityKey: this.identityKeyOf(token),
      laterThan: after === -Infinity ? '-infinity' : new Date(after),
      issuedAt: new Date(token.issuedAt * 1000),
      endsAt: new Date((token.expiresAt + LEEWAY) * 1000),
      origin,
    };
  }

  signInKeyOf(token: IssuerToken): Buffer {
    return this.secrets.mac('issuer sign-in', JSON.stringify(signInOf(token)));
  }

  identityKeyOf({ issuer, subject }: IssuerToken): Buffer {
    return identityKeyOf(this.secrets, { issuer: issuer.issuer, externalId: subject });
  }
}

function signInOf({ issuer, subject, session }: IssuerToken): (string | null)[] {
  return [issuer.issuer, subject, session ?? null];
}
