import { ANN, BEN } from '../../sandbox/demo.js';
import { adviceFor } from '../../src/rooms/sdk-reports/sdk-errors.js';
import { REASONS } from '../../src/users/issuers/issuers.problems.js';
import { CHECKS } from '../../src/users/issuers/issuers.schema.js';
import { BODIES, BY_NAME } from './sandbox-values.js';

/** Values of fields, by name; undefined leaves an optional field out. */
export type Values = Readonly<Record<string, unknown>>;

const ADMIN_ID = '019aa3f2-6f02-7c8e-8d41-1b9a7f3e5d07';
const ROOM_ID = '019aa3f2-91c5-7b64-a0d2-6e83c17f5b20';
const NOW = BY_NAME['serverTime'];
const WORKING = { works: true, detail: undefined };

/** Values in an object, by the name of its schema, or else of the field that holds it. */
export const OBJECTS: Readonly<Record<string, Values>> = {
  User: { id: ANN.id, issuer: null, externalId: null },
  Session: {
    createdAt: '2031-05-30T09:00:00.000Z',
    expiresAt: '2031-06-13T18:00:00.000Z',
  },
  Room: { id: ROOM_ID, hasAccessCode: false },
  room: { id: ROOM_ID },
  // A participant's id is the id of the seat.
  Participant: { id: '019aa3f2-a6e8-7f19-b34c-92d05e7a1c38' },
  participant: { id: '019aa3f2-a6e8-7f19-b34c-92d05e7a1c38' },
  Ban: { by: ADMIN_ID },
  Generation: { endedAt: BY_NAME['refreshAfter'] },
  Invite: { revokedAt: null },
  NewInvite: { uses: 0, note: null, lastUsedAt: null, revokedAt: null },
  ApiKey: { expiresAt: null },
  ApiKeySecret: { expiresAt: null },
  // A sign-in does not concern a room.
  AuditEntry: { roomId: null },
  Advice: { retryAfter: undefined },
  database: WORKING,
  migrations: WORKING,
  cas: WORKING,
  tokens: WORKING,
  issuers: WORKING,
};

const ofBen = { userId: BEN.id, displayName: BEN.displayName };
const accountOfBen = { id: BEN.id, email: BEN.email, displayName: BEN.displayName };

function accountOf({ email, displayName }: Values = {}): Values {
  return { id: '019aa3f2-c47d-7e05-9f86-d3a1b28c60e9', email, displayName, createdAt: NOW };
}

const NEW_KEY = {
  id: '3f0c9a52-6b1e-4d7a-9c28-0e5f71d4b836',
  createdAt: NOW,
  expiresAt: null,
  lastUsedAt: null,
};

/** Values in the answer of an operation, or of an operation and a status, which fit its request. */
export const ANSWERS: Readonly<Record<string, Values>> = {
  register: accountOf(BODIES['register']),
  'register 202': { status: 'pending' },
  signInAsGuest: {
    ...accountOf({ ...BODIES['signInAsGuest'], email: null }),
    kind: 'guest',
    refreshTokenExpiresAt: '2031-05-31T18:00:04.210Z',
  },
  // Each refresh token works once.
  refresh: { refreshToken: 'lkr_c05d13e8' },
  createUser: accountOf(BODIES['createUser']),
  getUser: accountOfBen,
  changeUser: accountOfBen,
  listUserSessions: { current: false },
  changeApiKey: { ...BODIES['changeApiKey'] },
  createApiKey: { ...NEW_KEY, ...BODIES['createApiKey'] },
  createRoom: {
    ...BODIES['createRoom'],
    slug: null,
    opensAt: null,
    closesAt: null,
    capacity: null,
    metadata: {},
    token: null,
    participantCount: 0,
    createdAt: NOW,
    updatedAt: NOW,
  },
  grantSeat: { displayName: BODIES['grantSeat']?.['displayName'] },
  setMember: ofBen,
  setMembers: { added: 1, changed: 1 },
  listMembers: ofBen,
  createInvite: { ...BODIES['createInvite'], createdAt: NOW },
  listInvites: { role: 'viewer', note: null },
  setBan: { ...ofBen, ...BODIES['setBan'] },
  listBans: { ...ofBen, ...BODIES['setBan'] },
  reportSdkError: { ...adviceFor(Number(BY_NAME['sdkCode'])) },
  explainEntry: {
    admitted: true,
    rules: [
      { rule: 'account', verdict: 'pass', detail: 'The account is active.' },
      { rule: 'admission', verdict: 'pass', detail: 'The room is open to every user.' },
      { rule: 'ban', verdict: 'pass', detail: 'The user is not banned.' },
      { rule: 'phase', verdict: 'pass', detail: 'The room is open.' },
      { rule: 'access_code', verdict: 'not_applicable', detail: 'The room has no code.' },
      { rule: 'capacity', verdict: 'pass', detail: '12 of 50 seats are held.' },
    ],
  },
  listIssuers: {
    name: 'my-provider',
    issuer: 'https://id.example.org',
    works: true,
    detail: null,
    keysLoadedAt: NOW,
  },
  explainToken: {
    accepted: false,
    checks: CHECKS.map((check, index) => ({
      check,
      verdict: index === 0 ? 'passed' : index === 1 ? 'failed' : 'skipped',
      detail: index === 1 ? REASONS.algorithm : null,
    })),
    subject: null,
    displayName: null,
    role: null,
  },
  exportMe: { shortened: [] },
  'getReadiness 503': {
    status: 'not_ready',
    database: { works: false },
    migrations: { works: null },
  },
};
