import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';

export interface IssuerKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
}

export async function createIssuerKey(kid: string, alg = 'ES256'): Promise<IssuerKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const publicJwk = { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' };
  return { kid, alg, privateKey, publicJwk };
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** An identity provider on loopback whose keys, answers and tokens a test decides. */
export class TestIssuer {
  /** Paths of the requests so far. */
  readonly requests: string[] = [];
  keys: IssuerKey[] = [];
  /** Replaces the answers of the provider, for example by an outage. */
  answer: Answer | undefined;

  private constructor(
    readonly url: string,
    readonly close: () => Promise<void>,
  ) {}

  static async start(): Promise<TestIssuer> {
    const server = createServer((request, response) => issuer.respond(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const issuer: TestIssuer = new TestIssuer(`http://127.0.0.1:${port}`, async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    issuer.keys = [await createIssuerKey('first')];
    return issuer;
  }

  private respond(request: IncomingMessage, response: ServerResponse): void {
    this.requests.push(request.url ?? '');
    if (this.answer) return this.answer(request, response);
    const isDiscovery = request.url === '/.well-known/openid-configuration';
    const body = isDiscovery
      ? { issuer: this.url, jwks_uri: `${this.url}/jwks` }
      : { keys: this.keys.map(({ publicJwk }) => publicJwk) };
    response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
  }

  /** An entry of `TRUSTED_ISSUERS` for this issuer. */
  entry(changes: Record<string, unknown> = {}): Record<string, unknown> {
    return { name: 'test', issuer: this.url, audience: ['latchkey'], allowHttp: true, ...changes };
  }

  /** Signs a token of five minutes; a claim that is undefined is left out. */
  sign(
    claims: Record<string, unknown> = {},
    header: Record<string, unknown> = {},
    key = this.keys[0] as IssuerKey,
  ): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const all = {
      iss: this.url,
      sub: 'ann',
      aud: 'latchkey',
      name: 'Ann',
      iat: now,
      exp: now + 300,
      ...claims,
    };
    return new SignJWT(all)
      .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: 'JWT', ...header })
      .sign(key.privateKey);
  }
}

export function trusting(...entries: readonly Record<string, unknown>[]): {
  TRUSTED_ISSUERS: string;
} {
  return { TRUSTED_ISSUERS: JSON.stringify(entries) };
}
