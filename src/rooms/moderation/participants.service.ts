import { Injectable } from '@nestjs/common';
import type { Caller } from '../../platform/access/principal.js';
import { type Page, toPage } from '../../platform/http/paging.js';
import { Database } from '../../platform/database/database.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import { RoomEvents } from '../../platform/room-events/room-events.service.js';
import { ParticipantSessions } from '../../users/participants/participant-sessions.service.js';
import { InsideService } from '../join/inside.service.js';
import { PresenceService } from '../presence/presence.service.js';
import { RoomsService } from '../settings/rooms.service.js';
import { mayRun } from '../settings/runs-room.policy.js';
import { EvictionsService } from './evictions.service.js';
import type {
  KickParticipant,
  ListParticipants,
  ParticipantPath,
  ParticipantView,
} from './participant.schema.js';
import { ParticipantsRepository } from './participants.repository.js';
import { NobodyToKick } from './moderation.problems.js';

@Injectable()
export class ParticipantsService {
  constructor(
    private readonly database: Database,
    private readonly rooms: RoomsService,
    private readonly inside: InsideService,
    private readonly participants: ParticipantsRepository,
    private readonly sessions: ParticipantSessions,
    private readonly presence: PresenceService,
    private readonly evictions: EvictionsService,
    private readonly audit: AuditService,
    private readonly events: RoomEvents,
  ) {}

  /** Lists all fields for hosts and administrators, names only for others. @throws {NotInRoom} */
  async list(
    room: string,
    query: ListParticipants,
    caller: Caller,
  ): Promise<Page<ParticipantView>> {
    const found = await this.rooms.find(room, caller);
    const isHost = mayRun(found, caller);
    if (!isHost) await this.inside.findSeated(room, caller);
    const page = toPage(await this.participants.list(found.id, query), query);
    return isHost ? page : { ...page, items: page.items.map(nameOf) };
  }

  /**
   * Ends all seats and participant tokens of a user in the room; with `rekey`, everyone else moves to a new token.
   * @throws {NotFound} @throws {CasUnavailable} if there is no token; the kick is in force anyway
   */
  async kick(
    { room, userId }: ParticipantPath,
    { rekey }: KickParticipant,
    caller: Caller,
  ): Promise<void> {
    const { id: roomId } = await this.rooms.findAsHost(room, caller);
    const eviction = { roomId, userId, reason: 'kicked', caller } as const;
    const pending = await this.database.transaction(async (transaction) => {
      const whose = { roomId, userId };
      // First, so that nobody locks the rows of people who are not in the room.
      if (!(await this.sessions.areInRoom(transaction, whose))) throw new NobodyToKick();
      const ended = await this.sessions.endInRoom(transaction, whose);
      const rooms = await this.presence.endSeatsOf(transaction, whose);
      if (rooms.length === 0 && ended === 0) throw new NobodyToKick();
      const entry = { action: 'participant.kicked', actor: caller, userId, roomId } as const;
      await this.audit.record(transaction, entry);
      const recorded = rekey ? await this.evictions.record(transaction, eviction) : undefined;
      const removed = { type: 'removed', data: { reason: 'kicked' }, userId } as const;
      await this.events.record(transaction, { roomId, ...removed });
      return recorded;
    });
    if (pending) await this.evictions.carryOut(pending, eviction);
  }
}

function nameOf({ id, displayName, role }: ParticipantView): ParticipantView {
  return { id, displayName, role };
}
