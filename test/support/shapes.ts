import type { z } from 'zod';
import type { InviteView, NewInviteView } from '../../src/rooms/entry/invite.schema.js';
import type { SignedIn as SignedInSchema } from '../../src/users/sessions/auth.schema.js';
import type { RoomEvents } from '../../src/rooms/feed/feed.schema.js';
import type {
  JoinGrant as JoinGrantSchema,
  Heartbeat as HeartbeatSchema,
} from '../../src/rooms/join/join.schema.js';
import type { RoomView } from '../../src/rooms/settings/room.schema.js';
import type { ApiKeyView, NewApiKeyView } from '../../src/users/api-keys/api-keys.schema.js';
import type { UserView } from '../../src/users/accounts/user.schema.js';

// These are the types of answers as they arrive; times are texts.
export type SignedIn = z.output<typeof SignedInSchema>;
export type JoinGrant = z.output<typeof JoinGrantSchema>;
export type Heartbeat = z.output<typeof HeartbeatSchema>;
export type Invite = z.output<typeof InviteView>;
export type NewInvite = z.output<typeof NewInviteView>;
export type FeedPage = z.output<typeof RoomEvents>;
export type Room = z.output<typeof RoomView>;
export type User = z.output<typeof UserView>;
export type ApiKey = z.output<typeof ApiKeyView>;
export type NewApiKey = z.output<typeof NewApiKeyView>;
export interface List<Item> {
  readonly items: Item[];
  readonly nextCursor: string | null;
}

export interface ProblemBody {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly requestId: string;
  readonly errors?: readonly { pointer?: string; parameter?: string; detail: string }[];
  readonly retryAfter?: number;
  readonly opensAt?: string;
}
