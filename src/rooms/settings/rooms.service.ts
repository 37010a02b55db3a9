import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { ownsAllRooms } from '../../platform/access/global-role.js';
import { searchKeyOf } from '../../platform/http/folding.js';
import { uuidv7 } from '../../platform/database/ids.js';
import { type Page, toPage } from '../../platform/http/paging.js';
import type { Fault } from '../../platform/http/problem.js';
import {
  Forbidden,
  InvalidRequest,
  PreconditionFailed,
  NoSuchRoom,
} from '../../platform/http/problems.js';
import { Database, type Transaction } from '../../platform/database/database.js';
import type { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { type Actor, AuditService } from '../../platform/audit/audit.service.js';
import type { RoomEvent } from '../../platform/room-events/room-events.schema.js';
import { RoomEvents } from '../../platform/room-events/room-events.service.js';
import { PresenceService } from '../presence/presence.service.js';
import { TokensService } from '../../tokens/tokens.service.js';
import { AccessCodes } from './access-codes.js';
import { isAmong } from './etag.js';
import { mergePatch } from './merge-patch.js';
import { RoomCrowds, type ShownRoom } from './room-crowds.js';
import type { Room } from './room.entity.js';
import { type ChangeRoom, type CreateRoom, isTooHeavy, type ListRooms } from './room.schema.js';
import { countOn } from './slug-succession.js';
import { RoomsRepository, type Viewer, type VisibleRoom } from './rooms.repository.js';
import { mayRun } from './runs-room.policy.js';

/** Settings that only admins may change: hosts run a room, but do not own it. */
const ADMINS_ONLY = ['slug', 'access', 'capacity'] as const;

type RoomActor = Actor & Viewer;
@Injectable()
export class RoomsService {
  constructor(
    private readonly database: Database,
    private readonly rooms: RoomsRepository,
    private readonly crowds: RoomCrowds,
    private readonly codes: AccessCodes,
    private readonly tokens: TokensService,
    private readonly presence: PresenceService,
    private readonly audit: AuditService,
    private readonly events: RoomEvents,
  ) {}

  async list(query: ListRooms, viewer: Viewer): Promise<Page<ShownRoom>> {
    const { items, nextCursor } = toPage(await this.rooms.list(viewer, query), query);
    return { items: await this.crowds.countedAll(items), nextCursor };
  }

  /** Includes the number of people inside. @throws {NotFound} */
  async show(room: string, viewer: Viewer): Promise<ShownRoom> {
    return this.crowds.counted(await this.find(room, viewer));
  }

  /** Finds by id or slug. @throws {NotFound} also for a room that is hidden from the viewer */
  async find(room: string, viewer: Viewer): Promise<VisibleRoom> {
    return (await this.rooms.findVisible(room, viewer)) ?? notFound();
  }

  /** Returns a room that the viewer may run. @throws {NotFound} @throws {Forbidden} */
  async findAsHost(room: string, viewer: Viewer): Promise<VisibleRoom> {
    const found = await this.find(room, viewer);
    if (!mayRun(found, viewer)) throw new Forbidden();
    return found;
  }

  /** Creates a room when `unit` is committed. @throws {SlugTaken} */
  async create(body: CreateRoom, actor: RoomActor, unit: UnitOfWork): Promise<ShownRoom> {
    const { accessCode, ...settings } = body;
    const id = uuidv7();
    const code = accessCode ? this.codes.hash(id, accessCode) : null;
    const { name, slug = null } = settings;
    const room = {
      id,
      ...settings,
      status: 'open',
      searchKey: searchKeyOf(name, slug),
      accessCodeHash: code,
      accessCodeVersion: code ? 1 : 0,
    } as const;
    refuseFaults(room);
    return unit.run(async (transaction) => {
      await this.rooms.within(transaction).insert(room);
      await this.audit.record(transaction, { action: 'room.created', actor, roomId: id });
      if (slug !== null) await countOn(transaction, id, slug);
      const created = await this.rooms.findChanged(transaction, id, actor);
      return { ...created, participantCount: 0 };
    });
  }

  /**
   * @param ifMatch entity tags of the accepted versions; undefined for any version
   * @throws {NotFound} @throws {Forbidden} @throws {PreconditionFailed} @throws {SlugTaken}
   */
  async change(
    room: string,
    patch: ChangeRoom,
    actor: RoomActor,
    ifMatch?: readonly string[],
  ): Promise<ShownRoom> {
    const { id } = await this.findAsHost(room, actor);
    const forbidden = ADMINS_ONLY.filter((name) => patch[name] !== undefined);
    if (!ownsAllRooms(actor.role) && forbidden.length > 0)
      throw new Forbidden(
        `Only an administrator may change ${forbidden.join(', ')}: leave it out, or ask an administrator.`,
      );
    const changed = await this.database.transaction(async (transaction) => {
      const rooms = this.rooms.within(transaction);
      const before = (await rooms.findForUpdate(id)) ?? notFound();
      if (!isAmong(ifMatch, before.version)) throw new PreconditionFailed();
      const changes = this.changesOf(before, patch);
      refuseFaults({ ...before, ...changes });
      await this.refusePastEnd(transaction, before, patch);
      if (Object.keys(changes).length > 0) {
        await rooms.change(id, changes);
        const details = { changed: changedBy(patch, changes) };
        await this.audit.record(transaction, {
          action: 'room.changed',
          actor,
          roomId: id,
          details,
        });
        if (changes.access === 'members')
          await this.presence.endSeatsOfStrangers(transaction, { roomId: id });
        const { slug } = changes;
        if (slug && slug !== before.slug) await countOn(transaction, id, slug);
        const event = eventOf(before, changes);
        if (event.type === 'room.closed') await this.presence.endSeatsButAdmins(transaction, id);
        await this.events.record(transaction, { roomId: id, ...event });
      }
      return this.rooms.findChanged(transaction, id, actor);
    });
    return this.crowds.counted(changed);
  }

  /**
   * Marks the room as deleted, releases its slug, and ends its seats and its token.
   * @throws {NotFound} @throws {PreconditionFailed}
   */
  async delete(room: string, actor: RoomActor, ifMatch?: readonly string[]): Promise<void> {
    const { id } = await this.find(room, actor);
    return this.database.transaction(async (transaction) => {
      const rooms = this.rooms.within(transaction);
      const before = (await rooms.findForUpdate(id)) ?? notFound();
      if (!isAmong(ifMatch, before.version)) throw new PreconditionFailed();
      await rooms.markDeleted(id);
      await this.tokens.discard(transaction, id);
      await this.presence.endSeats(transaction, id);
      await this.audit.record(transaction, { action: 'room.deleted', actor, roomId: id });
      const closed = { type: 'room.closed', data: { reason: 'deleted' } } as const;
      await this.events.record(transaction, { roomId: id, ...closed });
    });
  }

  private changesOf(before: Room, { accessCode, metadata, ...patch }: ChangeRoom): Partial<Room> {
    const named = Object.entries<unknown>(patch).filter(([, value]) => value !== undefined);
    if (metadata !== undefined)
      named.push(['metadata', metadata === null ? {} : mergePatch(before.metadata, metadata)]);
    // A field with an unchanged value causes no event and no new version.
    const isNew = ([name, value]: (typeof named)[number]) =>
      !isDeepStrictEqual(value, before[name as keyof Room]);
    const changes = Object.fromEntries(named.filter(isNew)) as Partial<Room>;
    if (changes.name !== undefined || changes.slug !== undefined) {
      const { name, slug } = { ...before, ...changes };
      changes.searchKey = searchKeyOf(name, slug);
    }
    if (accessCode !== undefined && !this.hasCode(before, accessCode)) {
      changes.accessCodeHash = accessCode === null ? null : this.codes.hash(before.id, accessCode);
      changes.accessCodeVersion = before.accessCodeVersion + 1;
    }
    return changes;
  }

  /** Whether the code is unchanged, so that nobody has to enter it again. */
  private hasCode({ id, accessCodeHash: hash }: Room, code: string | null): boolean {
    return hash === null || code === null ? hash === code : this.codes.matches(id, code, hash);
  }

  /** Refuses to reopen a room whose end has passed, unless the patch has a new end, or none. */
  private async refusePastEnd(
    transaction: Transaction,
    before: Room,
    { status, closesAt }: ChangeRoom,
  ): Promise<void> {
    if (status === undefined || status === 'closed') return;
    const end = closesAt === undefined ? before.closesAt : closesAt;
    if (end === null || end > (await this.database.now(transaction))) return;
    throw invalid([{ pointer: '/closesAt', detail: 'has passed; set a new time, or null' }]);
  }
}

function eventOf({ status }: Room, changes: Partial<Room>): RoomEvent {
  return changes.status === 'closed' && status !== 'closed'
    ? { type: 'room.closed', data: { reason: 'closed' } }
    : { type: 'room.updated', data: {} };
}

function changedBy(patch: ChangeRoom, changes: Partial<Room>): string[] {
  const isChanged = (name: string) =>
    name === 'accessCode' ? changes.accessCodeVersion !== undefined : name in changes;
  return Object.keys(patch).filter(isChanged);
}

function refuseFaults(room: Pick<CreateRoom, 'opensAt' | 'closesAt' | 'metadata'>): void {
  const faults: Fault[] = [];
  if (room.opensAt && room.closesAt && room.closesAt <= room.opensAt)
    faults.push({ pointer: '/closesAt', detail: 'must be after opensAt' });
  if (isTooHeavy(room.metadata))
    faults.push({ pointer: '/metadata', detail: 'must have at most 4 KiB as JSON' });
  if (faults.length > 0) throw invalid(faults);
}

function invalid(errors: readonly Fault[]): InvalidRequest {
  const [first] = errors;
  const place = first && 'pointer' in first ? first.pointer.slice(1) : '';
  return new InvalidRequest(`The room is not valid: ${place} ${first?.detail}.`, { errors });
}

function notFound(): never {
  throw new NoSuchRoom();
}
