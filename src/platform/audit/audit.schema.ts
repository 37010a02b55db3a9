import { z } from 'zod';
import { pageOf, pageQuery } from '../http/paging.js';
import { Id, openEnum, Timestamp, TimestampIn } from '../http/schema.js';

const ACTIONS = [
  'session.opened',
  'session.ended',
  'session.forked',
  'session.reused',
  'sessions.ended',
  'password.changed',
  'password.reset',
  'user.registered',
  'user.created',
  'user.changed',
  'user.deleted',
  'room.created',
  'room.changed',
  'room.deleted',
  'member.set',
  'member.removed',
  'invite.created',
  'invite.revoked',
  'invite.redeemed',
  'guest.signed_in',
  'token.unreadable',
  'signing_key.published',
  'signing_key.replaced',
  'signing_key.removed',
  'token.rekeyed',
  'ban.set',
  'ban.removed',
  'participant.kicked',
  'api_key.created',
  'api_key.changed',
  'api_key.rotated',
  'api_key.revoked',
  'alarm.session_dead',
  'alarm.mint_failed',
  'alarm.token_ends_early',
  'alarm.codes_guessed',
  'alarm.api_key_expiring',
] as const;
export type AuditAction = (typeof ACTIONS)[number];

export const AuditEntryView = z
  .object({
    id: z.uuid(),
    at: Timestamp,
    action: openEnum(ACTIONS),
    actorId: z.uuid().nullable().describe('The user who acted; null: the server itself.'),
    userId: z.uuid().nullable().describe('The user that the action concerned.'),
    roomId: z.uuid().nullable().describe('The room that the action concerned.'),
    details: z.record(z.string(), z.unknown()).describe('Details of the action; never a secret.'),
    address: z
      .string()
      .nullable()
      .describe('The network address of the actor; deleted after a while, and with the account.'),
    requestId: z.string().nullable(),
  })
  .meta({ id: 'AuditEntry' });
export type AuditEntryView = z.input<typeof AuditEntryView>;

export const AuditTrail = pageOf(AuditEntryView).meta({ id: 'AuditTrail' });

export const ReadAudit = z.strictObject({
  ...pageQuery,
  action: z.enum(ACTIONS).optional().describe('Only entries of this action.'),
  actorId: Id.optional().describe('Only actions of this user.'),
  userId: Id.optional().describe('Only actions that concerned this user.'),
  roomId: Id.optional().describe('Only actions in this room.'),
  since: TimestampIn.optional().describe('Only entries at this time or later.'),
  until: TimestampIn.optional().describe('Only entries before this time.'),
});
export type ReadAudit = z.infer<typeof ReadAudit>;
