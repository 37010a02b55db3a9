import { ANN, BEN, DEMO_PASSWORD, DEMO_ROOM, FINN } from '../../sandbox/demo.js';

const cursorBehind = (id: string) => Buffer.from(id).toString('base64url');

const FIRST = '00000000-0000-0000-0000-000000000000';
const LAST_SEAT = '999999999/ffffffff-ffff-ffff-ffff-ffffffffffff';

/** Fields and parameters whose name says more than their type. */
export const BY_NAME: Readonly<Record<string, unknown>> = {
  email: ANN.email,
  displayName: ANN.displayName,
  password: DEMO_PASSWORD,
  name: DEMO_ROOM.name,
  slug: DEMO_ROOM.slug,
  access: DEMO_ROOM.access,
  room: DEMO_ROOM.slug,
  userId: ANN.id,
  role: 'participant',
  actorId: ANN.id,
  description: 'Everybody brings popcorn.',
  code: 'lki_Zk3v0mQ2x7Yc1bT9uEoWgRaP5hs',
  key: 'lk_4hVbZ0sQm1TtYw8RkPj3LxC6aUe9GdNf2HiXoBq7ErK3w3Psy',
  prefix: 'lk_4hVbZ0',
  namespace: 'external:default',
  maxUses: 10,
  uses: 2,
  note: 'For the team.',
  reason: 'The token was posted in public.',
  metadata: { league: 'north' },
  capacity: 50,
  accessToken: 'eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.e30.c2lnbmF0dXJl',
  refreshToken: 'lkr_9f2c7a41',
  deviceToken: 'lkd_51b0e7d3',
  token: 'eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl',
  participantToken: 'lkp_AaIuzlrAcKK3_BkzPR2d4FlwqTjKeRooUKzeErC2E1Cvgc9DbXGWlByFWKRCLqYk',
  fingerprint: '3f9a-c27e-81b4',
  device: 'Mozilla/5.0 (X11; Linux x86_64; rv:147.0) Gecko/20100101 Firefox/147.0',
  address: '192.0.2.7',
  requestId: '8d2b5a52-2f0b-4a43-9e0e-6c1f3f0c7a11',
  createdAt: '2031-05-01T09:00:00.000Z',
  updatedAt: '2031-05-12T14:30:00.000Z',
  generation: 1,
  participantCount: 12,
  earlyEntrySeconds: 900,
  premintSeconds: 60,
  limit: 50,
  closesAt: '2031-05-30T21:00:00.000Z',
  serverTime: '2031-05-30T18:00:04.210Z',
  refreshAfter: '2031-05-30T18:59:30.000Z',
  accessTokenExpiresAt: '2031-05-30T18:05:04.210Z',
  refreshTokenExpiresAt: '2031-06-13T18:00:04.210Z',
  participantTokenExpiresAt: '2031-05-31T06:00:04.210Z',
  expiresAt: '2031-05-30T19:00:00.000Z',
  since: '2026-01-01T00:00:00.000Z',
  until: '2031-06-06T18:00:00.000Z',
  file: 'start.js',
  kty: 'EC',
  kid: '4f1c2a',
  nextCursor: null,
  cursor: cursorBehind(FIRST),
  lastEventId: '42',
  after: '0',
  wait: 5,
  search: DEMO_ROOM.name,
  phase: 'open',
  status: 'active',
  action: 'session.opened',
  sdkCode: 203,
  'Idempotency-Key': '4f0c1a9e-6b1d-4d0e-9a37-2f6f0b7c5e21',
  'If-Match': '*',
  'Last-Event-ID': '0',
};

/** Parameters name Ben, because Ann and the administrator act on Ben's account. */
export const PARAMETERS_BY_NAME: Readonly<Record<string, unknown>> = { userId: BEN.id };

/** Parameters whose example differs at an operation. */
export const PARAMETERS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  getUser: { id: BEN.id },
  changeUser: { id: BEN.id },
  deleteUser: { id: BEN.id },
  resetPassword: { id: BEN.id },
  listUserSessions: { id: BEN.id },
  endUserSessions: { id: BEN.id },
  listGenerations: { cursor: cursorBehind('999999999') },
  listHolders: { cursor: cursorBehind(LAST_SEAT), userId: ANN.id },
  listUsers: { search: ANN.displayName, role: 'user' },
  readAudit: { userId: ANN.id },
};

/** Bodies with the fields that a first request needs, rather than with every optional field. */
export const BODIES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  grantSeat: { ...FINN, device: 'phone', role: 'participant', expiresInSeconds: 43_200 },
  joinRoom: { displayName: ANN.displayName },
  rekeyRoom: { reason: 'The token was posted in public.', dryRun: true },
  setBan: { until: '2031-06-06T18:00:00.000Z', reason: 'Insulted other participants.' },
  setMember: { role: 'participant' },
  setMembers: {
    items: [
      { userId: BEN.id, role: 'participant' },
      { externalId: 'customer-4711', displayName: 'Cleo', role: 'viewer' },
    ],
  },
  createInvite: { role: 'viewer', expiresAt: '2031-05-30T19:00:00.000Z', maxUses: 10 },
  createRoom: { name: 'Cup final', description: 'Everybody brings popcorn.', access: 'users' },
  changeRoom: { name: DEMO_ROOM.name, description: 'Everybody brings popcorn.' },
  createApiKey: { name: 'Shop', scopes: ['rooms:read', 'rooms:write'] },
  changeApiKey: { scopes: ['rooms:read', 'rooms:write', 'audit:read'] },
  rotateApiKey: { overlapSeconds: 3_600 },
  createUser: { email: 'cleo@example.org', password: DEMO_PASSWORD, displayName: 'Cleo' },
  changeUser: { displayName: BEN.displayName, status: 'active' },
  register: { email: 'dora@example.org', password: DEMO_PASSWORD, displayName: 'Dora' },
  refresh: { refreshToken: 'lkr_9f2c7a41' },
  login: { email: ANN.email, password: DEMO_PASSWORD },
  changeMe: { displayName: ANN.displayName },
  changeMyPassword: { currentPassword: DEMO_PASSWORD, newPassword: 'seven quiet rivers' },
  resetPassword: { password: 'three loud mountains' },
  signInAsGuest: { inviteCode: 'lki_Zk3v0mQ2x7Yc1bT9uEoWgRaP5hs', displayName: 'Gus' },
};
