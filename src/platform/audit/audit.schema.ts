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
  'alarm.session_dead',
  'alarm.mint_failed',
  'alarm.token_ends_early',
  'alarm.codes_guessed',
] as const;
export type AuditAction = (typeof ACTIONS)[number];

export const AuditEntryView = z
  .object({
    id: z.uuid(),
    at: Timestamp,
    action: openEnum(ACTIONS),
    actorId: z.uuid().nullable().describe('Who did it; null: the server itself.'),
    userId: z.uuid().nullable().describe('To whom.'),
    roomId: z.uuid().nullable().describe('In which room.'),
    details: z.record(z.string(), z.unknown()).describe('What changed; never a secret.'),
    address: z
      .string()
      .nullable()
      .describe('From where; forgotten after a while, and with the person.'),
    requestId: z.string().nullable(),
  })
  .meta({ id: 'AuditEntry' });
export type AuditEntryView = z.input<typeof AuditEntryView>;

export const AuditTrail = pageOf(AuditEntryView).meta({ id: 'AuditTrail' });

export const ReadAudit = z.strictObject({
  ...pageQuery,
  action: z.enum(ACTIONS).optional(),
  actorId: Id.optional(),
  userId: Id.optional(),
  roomId: Id.optional(),
  since: TimestampIn.optional(),
  until: TimestampIn.optional(),
});
export type ReadAudit = z.infer<typeof ReadAudit>;
