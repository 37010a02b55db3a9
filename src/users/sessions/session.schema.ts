import { z } from 'zod';
import { pageOf, pageQuery } from '../../platform/http/paging.js';
import { Id, Timestamp } from '../../platform/http/schema.js';

export const SessionPath = z.object({ id: Id });
export type SessionPath = z.infer<typeof SessionPath>;

export const ListSessions = z.strictObject(pageQuery);
export type ListSessions = z.infer<typeof ListSessions>;

export const SessionView = z
  .object({
    id: z.uuid(),
    device: z.string().meta({ description: 'The `User-Agent` of the sign-in; may be empty.' }),
    address: z.string().meta({ description: 'The address that signed in.' }),
    createdAt: Timestamp,
    lastUsedAt: Timestamp.meta({
      description:
        'The last sign-in or refresh: the session was last used at most one `ACCESS_TOKEN_TTL` later.',
    }),
    expiresAt: Timestamp.meta({ description: 'When it ends, unless it is refreshed before.' }),
    current: z.boolean().meta({ description: 'Whether it is the one that asks.' }),
  })
  .meta({ id: 'Session' });
export type SessionView = z.input<typeof SessionView>;

export const SessionList = pageOf(SessionView).meta({ id: 'SessionList' });
