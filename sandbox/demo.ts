// The people and the room of the examples in the reference, so that every example works here.

/** A user of the sandbox whose id does not change with `--fresh`. */
export interface DemoUser {
  readonly id: string;
  readonly email: string;
  readonly displayName: string;
}

export const ANN: DemoUser = {
  id: '019aa3f2-7c1e-7d3a-9b58-3f1f0e6a2c44',
  email: 'ann@example.org',
  displayName: 'Ann',
};
export const BEN: DemoUser = {
  id: '019aa3f2-8a40-7c52-8e17-5d9b2c7f6e13',
  email: 'ben@example.org',
  displayName: 'Ben',
};
export const DEMO_USERS = [ANN, BEN] as const;

/** Of Ann and Ben in the sandbox's own database, which only this machine reaches. */
export const DEMO_PASSWORD = 'correct horse battery';

export const DEMO_ROOM = { slug: 'demo', name: 'Demo', access: 'users' } as const;

/** A user of the sandbox's identity provider, who has no account until they send a token. */
export interface ProviderUser {
  readonly login: string;
  /** The claim `sub`, which becomes the `externalId` of the user. */
  readonly sub: string;
  readonly displayName: string;
}

export const CLEO: ProviderUser = {
  login: 'cleo',
  sub: '5d1f6c2e-0b7a-4c39-9f64-2a8e51d7c3b0',
  displayName: 'Cleo',
};
export const DAN: ProviderUser = {
  login: 'dan',
  sub: 'a94e0d73-6c15-4f8b-8e2d-b7310f5c9a66',
  displayName: 'Dan',
};
export const PROVIDER_USERS = [CLEO, DAN] as const;

/** The API key of a backend; with these scopes it can also look at its work. */
export const DEMO_KEY = {
  name: 'Sandbox',
  scopes: ['rooms:read', 'rooms:write', 'join:on-behalf'],
} as const;

/** A user of the backend, as it names them in a grant. */
export const FINN = { externalId: 'customer-4711', displayName: 'Finn' } as const;
