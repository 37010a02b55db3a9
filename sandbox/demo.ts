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
