import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { AccessToken, TokenEndpointGrantContext } from 'oidc-provider';
import { PROVIDER_USERS, type ProviderUser } from './demo.js';

const AUDIENCE = 'latchkey';
const CLIENT = 'app';
/** Lifetime of an access token in seconds, as providers usually choose it. */
export const PROVIDER_TOKEN_LIFE = 3_600;

export interface IdentityProviderOptions {
  /** Fixed, because the issuer is a part of every user's identity. */
  readonly port: number;
  /** The password of every user. */
  readonly password: string;
}

/** An OpenID provider on loopback, whose users are Cleo and Dan. */
export interface IdentityProvider {
  readonly issuer: string;
  readonly users: readonly [ProviderUser, ProviderUser];
  readonly tokenUrl: string;
  /** An entry of `TRUSTED_ISSUERS` for this provider. */
  readonly entry: Readonly<Record<string, unknown>>;
  /** Returns the form that gets an access token from `tokenUrl`. */
  formOf(user: ProviderUser): Record<string, string>;
  /** Closes all connections immediately; may be called repeatedly. */
  close(): Promise<void>;
}

type PasswordGrant = TokenEndpointGrantContext<{ username?: string; password?: string }>;

/**
 * Loads the library without its warnings: that the keys and tokens are kept in memory only is
 * intended here, and the few parts in use work with every version of Node that Latchkey supports.
 */
async function withoutWarnings<Result>(load: () => Promise<Result>): Promise<Result> {
  const { warn } = console;
  console.warn = () => undefined;
  try {
    return await load();
  } finally {
    console.warn = warn;
  }
}

function signingKey() {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig' };
}

/** The claims of a sign-in, as in Keycloak's access tokens; each password grant is a sign-in. */
function claimsOf({ accountId, sid }: AccessToken) {
  const user = PROVIDER_USERS.find(({ sub }) => sub === accountId);
  return { name: user?.displayName, sid, auth_time: Math.floor(Date.now() / 1000) };
}

/** The service for which the access tokens are; makes them JWTs. */
const latchkey = {
  identifier: () => AUDIENCE,
  audience: AUDIENCE,
  scope: '',
  scopes: new Set<string>(),
  accessTokenFormat: 'jwt',
  jwt: { sign: { alg: 'ES256' } },
} as const;

async function createProvider(issuer: string, password: string) {
  const { Provider, errors } = await import('oidc-provider');
  const provider = new Provider(issuer, {
    jwks: { keys: [signingKey()] },
    clients: [
      {
        client_id: CLIENT,
        token_endpoint_auth_method: 'none',
        grant_types: ['password'],
        response_types: [],
        redirect_uris: [],
      },
    ],
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    // Pages of development servers may sign in, as they may call the server.
    clientBasedCORS: () => true,
    extraTokenClaims: (_, token) => (token.kind === 'AccessToken' ? claimsOf(token) : undefined),
    ttl: { AccessToken: PROVIDER_TOKEN_LIFE },
    features: { devInteractions: { enabled: false } },
  });
  // Real apps open the provider's page and get a code. OAuth 2.1 removed the grant by password, and
  // the library does not have it; the sandbox adds it, because one curl command can use it.
  const grant = async (context: PasswordGrant) => {
    const { client, params } = context.oidc;
    const user = PROVIDER_USERS.find(({ login }) => login === params.username);
    if (!user || params.password !== password)
      throw new errors.CustomOIDCProviderError('invalid_grant', 'username or password is wrong');
    const sid = randomUUID();
    const token = new context.oidc.provider.AccessToken({
      client,
      accountId: user.sub,
      sid,
      grantId: sid,
      gty: 'password',
      resourceServer: latchkey,
    });
    const text = await token.save();
    context.body = { access_token: text, token_type: 'Bearer', expires_in: token.expiration };
  };
  provider.registerGrantType('password', grant, ['username', 'password']);
  return provider;
}

/** @throws with one sentence if the port is in use */
export async function startIdentityProvider(
  options: IdentityProviderOptions,
): Promise<IdentityProvider> {
  const { port, password } = options;
  const issuer = `http://127.0.0.1:${port}`;
  const provider = await withoutWarnings(() => createProvider(issuer, password));
  const server = provider.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
    throw new Error(
      `Port ${port} on 127.0.0.1 is in use: choose another port for the identity provider.`,
    );
  }
  return {
    issuer,
    users: PROVIDER_USERS,
    tokenUrl: `${issuer}/token`,
    entry: { name: 'sandbox', issuer, audience: [AUDIENCE], allowHttp: true },
    formOf: ({ login }) => ({
      grant_type: 'password',
      client_id: CLIENT,
      username: login,
      password,
    }),
    async close() {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
