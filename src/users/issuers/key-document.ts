import type { CompactVerifyGetKey } from 'jose';
import { z } from 'zod';
import type { TrustedIssuer } from '../../platform/config/trusted-issuers.js';
import { type Outbound, OutboundFailed } from '../../platform/outbound/outbound.js';
import { type Silence, silenceOf } from '../../platform/outbound/silence.js';

export interface KeySet {
  /** The keys as JSON, for comparisons. */
  readonly text: string;
  readonly find: CompactVerifyGetKey;
}

const Jwks = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).min(1) });

const Discovery = z.object({ issuer: z.string(), jwks_uri: z.string().max(2048) });

const SILENCES: Readonly<Record<Silence, string>> = {
  unreachable: 'cannot be reached: check the address, and that this server may connect to it',
  unresolved: 'has a host that cannot be resolved: check the address, and the name server',
  untrusted: 'has a certificate that is not trusted: name your own CA in NODE_EXTRA_CA_CERTS',
  no_tls: 'does not speak TLS as expected: check scheme, host and port',
  timed_out: 'did not answer in time',
  unreadable: 'sent no JSON, or more than 256 KiB: check the address',
  closed: 'closed the connection without an answer',
};

class Faulty extends Error {}

/** Reads the keys of an issuer: from the configuration, an address, or by OpenID discovery. */
export class KeyDocument {
  /** By discovery; forgotten after a failure, because the issuer may have moved its keys. */
  private discovered: string | undefined;

  constructor(
    private readonly issuer: TrustedIssuer,
    private readonly outbound: Outbound,
  ) {}

  async read(): Promise<KeySet | { readonly fault: string }> {
    try {
      const keys = this.issuer.jwks ?? (await this.fetchKeys());
      // Only servers with issuers need it, and loading it takes some milliseconds.
      const { createLocalJWKSet } = await import('jose');
      const find = createLocalJWKSet(keys);
      return { text: JSON.stringify(keys), find };
    } catch (error) {
      this.discovered = undefined;
      return { fault: error instanceof Faulty ? error.message : 'the keys cannot be used' };
    }
  }

  private async fetchKeys(): Promise<z.infer<typeof Jwks>> {
    const address = this.issuer.jwksUrl ?? (this.discovered ??= await this.discover());
    const { data } = Jwks.safeParse(await this.request(address, 'the address of the keys'));
    if (!data) throw new Faulty('the address of the keys sent no JSON Web Key Set: check it');
    return data;
  }

  private async discover(): Promise<string> {
    const base = this.issuer.issuer.replace(/\/$/, '');
    const address = `${base}/.well-known/openid-configuration`;
    const { data } = Discovery.safeParse(await this.request(address, 'the discovery document'));
    if (!data) throw new Faulty('the discovery document names no jwks_uri: set jwksUrl');
    if (data.issuer !== this.issuer.issuer)
      throw new Faulty('the discovery document names another issuer: copy its issuer exactly');
    const protocol = URL.canParse(data.jwks_uri) ? new URL(data.jwks_uri).protocol : '';
    if (protocol !== 'https:' && !(protocol === 'http:' && this.issuer.allowHttp))
      throw new Faulty('the jwks_uri of the discovery document is not an https:// address');
    return data.jwks_uri;
  }

  private async request(url: string, what: string): Promise<unknown> {
    try {
      return (await this.outbound.readJson({ url })).data;
    } catch (error) {
      if (!(error instanceof OutboundFailed)) throw error;
      const { code, answer } = error.fault;
      if (answer && answer.status !== 200)
        throw new Faulty(`${what} answered ${answer.status}: check the address`);
      throw new Faulty(`${what} ${SILENCES[silenceOf(answer ? 'ERR_BAD_RESPONSE' : code)]}`);
    }
  }
}
