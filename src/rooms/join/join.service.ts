import { Injectable } from '@nestjs/common';
import { LiveSessions } from '../../platform/access/access.ports.js';
import { runsAllRooms } from '../../platform/access/global-role.js';
import type { Caller } from '../../platform/access/principal.js';
import { AccessCodeRequired, hintAtInvite, InviteCodeInvalid } from '../entry/entry.problems.js';
import { CodeEntryService } from '../entry/code-entry.service.js';
import { needsFreeSeat, refusalToEnter, roleIn } from '../entry/entry.policy.js';
import { InviteEntryService } from '../entry/invite-entry.service.js';
import { uuidv7 } from '../../platform/database/ids.js';
import { foldedOf } from '../../platform/http/folding.js';
import { NoSuchRoom, SessionEnded } from '../../platform/http/problems.js';
import { exceedsCapacity, LEAST_ROLE, type RoomRole } from '../room-role.js';
import { namesFor } from '../presence/participant-name.js';
import { TokensService } from '../../tokens/tokens.service.js';
import { type Entry, EntryRepository } from './entry.repository.js';
import { grantOf, type IssuedToken, type Place } from './grant.js';
import type { Join, JoinGrant } from './join.schema.js';
import { type Seating, SeatingRepository } from './seating.repository.js';
import { tokenWaitsByUser } from './token-waits.js';
import { RoomChangesTooFast } from './join.problems.js';

/** Maximum wait of a join for a token, in milliseconds, over all attempts. */
const PATIENCE_MS = 10_000;

/** How often a join restarts after concurrent changes; far more than ever needed. */
const ATTEMPTS = 20;

interface Naming {
  readonly wish: Join;
  readonly wantsNew: boolean;
  /** Number of names that were taken concurrently; the third attempt always gets a free name. */
  readonly lost: number;
}

/** A person whom the policy admits, and the facts by which it did. */
export interface Admitted {
  readonly entry: Entry;
  readonly person: Caller;
}

/** The main job: decides whether a person may enter, in which role, and with which token. */
@Injectable()
export class JoinService {
  private readonly tokenWaits = tokenWaitsByUser();

  constructor(
    private readonly entries: EntryRepository,
    private readonly seating: SeatingRepository,
    private readonly codes: CodeEntryService,
    private readonly invites: InviteEntryService,
    private readonly tokens: TokensService,
    private readonly sessions: LiveSessions,
  ) {}

  /** @throws {CasUnavailable} if there is no token within 10 s; the seat stays */
  join(room: string, wish: Join, caller: Caller): Promise<JoinGrant> {
    return this.enter(wish, async (isFirst) => {
      const person = isFirst ? caller : await this.lookUpAgain(caller);
      return { person, entry: await this.admit(room, wish, person) };
    });
  }

  /**
   * Seats a person, and returns the token of the room. @param admit reads and decides; it is called
   * again after concurrent changes @param since arrival of the request, in monotonic milliseconds
   * @throws {CasUnavailable} as `join`
   */
  async enter(
    wish: Join,
    admit: (isFirst: boolean) => Promise<Admitted>,
    since = performance.now(),
  ): Promise<JoinGrant> {
    // Two round trips to Postgres if nothing changes, otherwise three. Nothing is locked: the
    // decision is written only if everything is still as it was read, and otherwise made again.
    let wantsNewName = wish.newName;
    let lost = 0;
    const waitUntil = since + PATIENCE_MS;
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const { entry, person } = await admit(attempt === 1);
      const issued = entry.isLive ? this.issuedTokenOf(entry) : undefined;
      const names = { wish, wantsNew: wantsNewName, lost };
      const place = await this.seat(entry, person, names, issued);
      if (place === 'taken') lost += 1;
      if (typeof place === 'string') continue;
      if (issued) return grantOf(entry, place, issued);
      // The name was assigned with the seat, and is kept from now on; so is the membership.
      wantsNewName = false;
      const seated = { ...entry, redeems: null, grant: null };
      const later = await this.handOverLater(seated, person, place, waitUntil);
      if (later) return later;
    }
    throw new RoomChangesTooFast();
  }

  /** Reads and decides; reads again if the access code was missing and was entered. */
  private async admit(room: string, wish: Join, person: Caller): Promise<Entry> {
    for (;;) {
      const entry = await this.readInvited(room, wish.inviteCode, person);
      const refusal = refusalToEnter(entry);
      if (!refusal) return entry;
      const { accessCode: code } = wish;
      const hash = entry.accessCodeHash;
      if (!(refusal instanceof AccessCodeRequired) || code === undefined || !hash) throw refusal;
      const { roomId, accessCodeVersion: version } = entry;
      const { userId, origin } = person;
      const { address } = origin;
      await this.codes.give({ roomId, userId, address, code, hash, version });
    }
  }

  /**
   * Reads the entry, as a member if the code of an invite makes the person one. The codes of
   * members, admins and guests are ignored, because they would change nothing.
   */
  private async readInvited(
    room: string,
    code: string | undefined,
    person: Caller,
  ): Promise<Entry> {
    const entry = await this.entries.read(room, person, 'if it decides');
    const isCodeOfUse =
      !runsAllRooms(person.role) && person.guestRoomId === null && !entry?.memberRole;
    if (code === undefined || !isCodeOfUse) return existing(entry);
    const invite = await this.invites.find(code, entry?.roomId ?? null, person.userId);
    if (entry && invite)
      return this.counted({
        ...entry,
        memberRole: invite.role,
        isInvited: true,
        redeems: invite.id,
      });
    // The person may have used the code on another device just now. The read is repeated for
    // missing rooms too, so that the time does not reveal which rooms exist.
    const now = await this.entries.read(room, person, 'if it decides');
    if (now?.memberRole) return now;
    throw entry === undefined || roleIn(entry) === undefined
      ? new NoSuchRoom(hintAtInvite(code))
      : new InviteCodeInvalid(code);
  }

  /** Adds the held seats if they decide; the first read did not count them for a non-member. */
  private async counted(entry: Entry): Promise<Entry> {
    const { capacity, roomId } = entry;
    if (capacity === null || !needsFreeSeat(entry) || refusalToEnter(entry)) return entry;
    return { ...entry, heldSeats: await this.entries.countHeld(roomId, capacity) };
  }

  /** Takes or updates the person's seat if needed; returns a text to make the decision again. */
  private async seat(
    entry: Entry,
    person: Caller,
    { wish, wantsNew: wantsNewName, lost }: Naming,
    issued: IssuedToken | undefined,
  ): Promise<Place | 'stale' | 'taken'> {
    const role = roleIn(entry) ?? LEAST_ROLE;
    const { seatId, seatName } = entry;
    const name = wish.displayName ?? person.displayName;
    if (seatId === null) {
      const id = uuidv7();
      const names = namesFor(name, id).slice(lost < 2 ? (wantsNewName ? 1 : 0) : -1);
      const taken = await this.seating.take(seatingOf(entry, person, { id, role }, names, issued));
      return typeof taken === 'string' ? taken : { id, role, ...taken };
    }
    const isNew = issued !== undefined && entry.seatGeneration !== issued.generation;
    const isKept = !wantsNewName && entry.redeems === null && !entry.grant?.isDue;
    const isSame = entry.seatIsFresh && !isNew && entry.seatRole === role;
    if (isKept && (isSame || !issued)) return { id: seatId, displayName: seatName, role };
    const names = wantsNewName ? otherNames(name, seatName).slice(lost < 2 ? 0 : -1) : [];
    const updated = await this.seating.update(
      seatingOf(entry, person, { id: seatId, role }, names, issued),
    );
    return typeof updated === 'string' ? updated : { id: seatId, role, ...updated };
  }

  /** Waits for the cold room's token, and returns it if the decision still holds. */
  private async handOverLater(
    entry: Entry,
    person: Caller,
    place: Place,
    waitUntil: number,
  ): Promise<JoinGrant | undefined> {
    const patience = Math.max(0, waitUntil - performance.now());
    const stored = await person.work.whileWaiting(() =>
      this.tokenWaits.run(person.userId, () =>
        this.tokens.awaitLive(entry.roomId, patience, person.hasLeft),
      ),
    );
    const { text: token, generation, fingerprint, expiresAt, serveUntil: refreshAfter } = stored;
    const issued = { token, generation, fingerprint, expiresAt, refreshAfter };
    const updated = await this.seating.update(seatingOf(entry, person, place, [], issued));
    if (typeof updated === 'string') return undefined;
    // The answer already contains this token, so its event must not be sent again.
    const { serverTime, lastEventId } = updated;
    return grantOf({ ...entry, serverTime, lastEventId }, { ...place, ...updated }, issued);
  }

  private issuedTokenOf(entry: Entry): IssuedToken | undefined {
    const { roomId, generation, tokenKeyId: keyId, token: bytes } = entry;
    const token = this.tokens.reveal({ roomId, generation, keyId, bytes });
    const { fingerprint, expiresAt, serveUntil } = entry;
    if (fingerprint === null || expiresAt === null || serveUntil === null) return undefined;
    return { token, generation, fingerprint, expiresAt, refreshAfter: serveUntil };
  }

  private async lookUpAgain({ sessionId, origin, work, hasLeft }: Caller): Promise<Caller> {
    const person = await this.sessions.findLive(sessionId);
    if (!person) throw new SessionEnded();
    return { ...person, origin, work, hasLeft };
  }
}

function otherNames(name: string, current: string): string[] {
  // A fresh id gives a fresh suffix, so that people can change their name more than twice.
  return namesFor(name, uuidv7()).filter((other) => foldedOf(other) !== foldedOf(current));
}

function seatingOf(
  entry: Entry,
  person: Caller,
  { id: seatId, role }: { id: string; role: RoomRole },
  names: readonly string[],
  issued: IssuedToken | undefined,
): Seating {
  return {
    entry,
    person,
    seatId,
    role,
    names,
    generation: issued?.generation ?? null,
    isNewGeneration: issued !== undefined && entry.seatGeneration !== issued.generation,
    respectsCapacity: !exceedsCapacity(role),
  };
}

function existing(entry: Entry | undefined): Entry {
  if (!entry) throw new NoSuchRoom();
  return entry;
}
