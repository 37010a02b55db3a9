import { ServerRequirement1795510740000 } from './20261124085900-server-requirement.js';
import { Users1795510800000 } from './20261124090000-users.js';
import { Sessions1795510860000 } from './20261124090100-sessions.js';
import { ServerKeys1795510920000 } from './20261124090200-server-keys.js';
import { Rooms1795510980000 } from './20261124090300-rooms.js';
import { Members1795511040000 } from './20261124090400-members.js';
import { RoomTokens1795511100000 } from './20261124090500-room-tokens.js';
import { Seats1795511160000 } from './20261124090600-seats.js';
import { Holders1795511220000 } from './20261124090700-holders.js';
import { AccessCodes1795511280000 } from './20261124090800-access-codes.js';
import { Audit1795511340000 } from './20261124090900-audit.js';
import { RoomsOpenToUsers1795511400000 } from './20261124091000-rooms-open-to-users.js';
import { IdempotencyMarks1795511460000 } from './20261124091100-idempotency-marks.js';
import { IndexesOfPeople1795511520000 } from './20261124091200-indexes-of-people.js';
import { SessionsInUse1795515000000 } from './20261124101000-sessions-in-use.js';
import { TemporaryPasswords1795515060000 } from './20261124101100-temporary-passwords.js';
import { RateLimits1795515600000 } from './20261124102000-rate-limits.js';
import { SigningKeyRotation1795516200000 } from './20261124103000-signing-key-rotation.js';
import { EncryptionKeys1795516260000 } from './20261124103100-encryption-keys.js';
import { IndexesOfKeyIds1795516320000 } from './20261124103200-indexes-of-key-ids.js';
import { AuditIsAppendOnly1795516800000 } from './20261124104000-audit-is-append-only.js';
import { DeadSessions1795516860000 } from './20261124104100-dead-sessions.js';
import { TokensAhead1795516920000 } from './20261124104200-tokens-ahead.js';
import { RoomEvents1795517400000 } from './20261124105000-room-events.js';
import { RoomsThatEnd1795517460000 } from './20261124105100-rooms-that-end.js';
import { Invites1795518360000 } from './20261124110600-invites.js';
import { InvitedMembers1795518370000 } from './20261124110610-invited-members.js';
import { Guests1795518380000 } from './20261124110620-guests.js';
import { EndsOfGenerations1795518420000 } from './20261124110700-ends-of-generations.js';
import { Bans1795518480000 } from './20261124110800-bans.js';
import { Purging1795518540000 } from './20261124110900-purging.js';
import { IndexesOfPurges1796032800000 } from './20261130100000-indexes-of-purges.js';
import { ErasedUsers1796032860000 } from './20261130100100-erased-users.js';
import { TimesOfReports1796032920000 } from './20261130100200-times-of-reports.js';
import { AuditEntriesEnd1796032980000 } from './20261130100300-audit-entries-end.js';
import { InvitesThatEnded1796033040000 } from './20261130100400-invites-that-ended.js';
import { RekeyPauses1796036400000 } from './20261130110000-rekey-pauses.js';
import { GuestsOfInvites1796036460000 } from './20261130110100-guests-of-invites.js';
import { SearchKeys1796040000000 } from './20261130120000-search-keys.js';
import { FormerSlugs1796040060000 } from './20261130120100-former-slugs.js';
import { IndependentReporters1796043600000 } from './20261130130000-independent-reporters.js';
import { SeatsOfAPerson1796047200000 } from './20261130140000-seats-of-a-person.js';
import { WrongAccessCodes1796047260000 } from './20261130140100-wrong-access-codes.js';
import { ForkedSessions1796050800000 } from './20261130150000-forked-sessions.js';
import { SignInMarks1796050860000 } from './20261130150100-sign-in-marks.js';
import { ExternalUsers1796061600000 } from './20261130180000-external-users.js';
import { IssuerSessions1796061660000 } from './20261130180100-issuer-sessions.js';
import { ServiceUsers1796065200000 } from './20261130190000-service-users.js';
import { ApiKeys1796065260000 } from './20261130190100-api-keys.js';
import { AlarmsWithoutRooms1796065270000 } from './20261130190110-alarms-without-rooms.js';
import { ParticipantSessions1796065320000 } from './20261130190200-participant-sessions.js';

/** In the order of execution. */
export const migrations = [
  ServerRequirement1795510740000,
  Users1795510800000,
  Sessions1795510860000,
  ServerKeys1795510920000,
  Rooms1795510980000,
  Members1795511040000,
  RoomTokens1795511100000,
  Seats1795511160000,
  Holders1795511220000,
  AccessCodes1795511280000,
  Audit1795511340000,
  RoomsOpenToUsers1795511400000,
  IdempotencyMarks1795511460000,
  IndexesOfPeople1795511520000,
  SessionsInUse1795515000000,
  TemporaryPasswords1795515060000,
  RateLimits1795515600000,
  SigningKeyRotation1795516200000,
  EncryptionKeys1795516260000,
  IndexesOfKeyIds1795516320000,
  AuditIsAppendOnly1795516800000,
  DeadSessions1795516860000,
  TokensAhead1795516920000,
  RoomEvents1795517400000,
  RoomsThatEnd1795517460000,
  Invites1795518360000,
  InvitedMembers1795518370000,
  Guests1795518380000,
  EndsOfGenerations1795518420000,
  Bans1795518480000,
  Purging1795518540000,
  IndexesOfPurges1796032800000,
  ErasedUsers1796032860000,
  TimesOfReports1796032920000,
  AuditEntriesEnd1796032980000,
  InvitesThatEnded1796033040000,
  RekeyPauses1796036400000,
  GuestsOfInvites1796036460000,
  SearchKeys1796040000000,
  FormerSlugs1796040060000,
  IndependentReporters1796043600000,
  SeatsOfAPerson1796047200000,
  WrongAccessCodes1796047260000,
  ForkedSessions1796050800000,
  SignInMarks1796050860000,
  ExternalUsers1796061600000,
  IssuerSessions1796061660000,
  ServiceUsers1796065200000,
  ApiKeys1796065260000,
  AlarmsWithoutRooms1796065270000,
  ParticipantSessions1796065320000,
];

/** The last migration of a database whose schema matches this server. */
export const newestMigration = migrations.at(-1)?.name;
