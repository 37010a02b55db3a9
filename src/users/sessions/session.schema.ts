import { z } from 'zod';
import { SESSION_KINDS } from '../../platform/access/session-rights.policy.js';
import { pageOf, pageQuery } from '../../platform/http/paging.js';
import { Id, openEnum, Timestamp } from '../../platform/http/schema.js';

export const SessionPath = z.object({ id: Id.describe('The id of the sign-in.') });
export type SessionPath = z.infer<typeof SessionPath>;

export const ListSessions = z.strictObject(pageQuery);
export type ListSessions = z.infer<typeof ListSessions>;

export const SessionView = z
  .object({
    id: z.uuid(),
    kind: openEnum(
      SESSION_KINDS,
      '`own`: a sign-in at this server; `issuer`: a sign-in at an identity provider; `participant`: a participant token for one room.',
    ),
    device: z.string().meta({
      description:
        'The `User-Agent` header of the sign-in, or the `device` of a grant; may be empty.',
    }),
    address: z.string().meta({ description: 'The network address of the sign-in.' }),
    createdAt: Timestamp,
    lastUsedAt: Timestamp.meta({
      description:
        'The time of the sign-in or its last refresh. The user may have been active for up to `ACCESS_TOKEN_TTL` after it.',
    }),
    expiresAt: Timestamp.meta({
      description:
        'The time at which the sign-in ends if it is not refreshed; a refresh never extends it beyond `SESSION_TTL`.',
    }),
    current: z.boolean().meta({ description: 'Whether this is the sign-in of the request.' }),
  })
  .meta({ id: 'Session' });
export type SessionView = z.input<typeof SessionView>;

export const SessionList = pageOf(SessionView).meta({ id: 'SessionList' });
