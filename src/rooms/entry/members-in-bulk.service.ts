import { Injectable } from '@nestjs/common';
import { ORDINARY_GLOBAL_ROLE } from '../../platform/access/global-role.js';
import type { Caller } from '../../platform/access/principal.js';
import { AuditService, type EntryOfUser } from '../../platform/audit/audit.service.js';
import { Database, type Transaction } from '../../platform/database/database.js';
import {
  creationOf,
  type ExternalPerson,
  ExternalUsersService,
} from '../../users/accounts/external-users.service.js';
import { UnknownIssuer } from '../../users/accounts/users.problems.js';
import type { RoomRole } from '../room-role.js';
import { RoomsService } from '../settings/rooms.service.js';
import { ItemFaults } from './item-faults.js';
import type { MemberOfList, MembersSet } from './member.schema.js';
import { MembersRepository, type SetMembership, type Wish } from './members.repository.js';
import { settingOf } from './members.service.js';

/** An item of the list that names a person by their identity. */
interface Identified {
  readonly index: number;
  readonly person: ExternalPerson;
  readonly role: RoomRole;
}

/** An item of the list with the id of its user. */
interface Line extends Wish {
  readonly index: number;
}

interface Users {
  readonly lines: readonly Line[];
  /** The audit entries of the users who are new. */
  readonly creations: readonly EntryOfUser[];
}

/** Sets many members at once, in a number of statements that does not depend on their number. */
@Injectable()
export class MembersInBulkService {
  constructor(
    private readonly database: Database,
    private readonly rooms: RoomsService,
    private readonly members: MembersRepository,
    private readonly externalUsers: ExternalUsersService,
    private readonly audit: AuditService,
  ) {}

  /**
   * Creates unknown external users, adds members and changes roles: all or nothing.
   * @param caller runs all rooms, and may therefore change hosts
   * @throws {NotFound | MembersNotValid | FormerAccountsRemain}
   */
  async set(room: string, items: readonly MemberOfList[], caller: Caller): Promise<MembersSet> {
    const { id: roomId } = await this.rooms.findAsHost(room, caller);
    const faults = new ItemFaults(items);
    const identified = this.identify(items, caller, faults);
    return this.database.transaction(async (transaction) => {
      const users = await this.usersOf(transaction, identified, caller, faults);
      const lines = [...idsIn(items), ...users.lines].sort((a, b) => a.index - b.index);
      const set = await this.setLines(transaction, roomId, lines, faults);
      // Rolls back the changes for the other items too.
      faults.refuse();
      const changed = set.filter(({ isChanged }) => isChanged);
      const changes = changed.map(({ userId, role }) =>
        settingOf(caller, { roomId, userId }, role),
      );
      await this.audit.recordAll(transaction, [...users.creations, ...changes]);
      const added = changed.filter(({ isAdded }) => isAdded).length;
      return { added, changed: changed.length - added };
    });
  }

  /** Returns the first item of each identity. */
  private identify(
    items: readonly MemberOfList[],
    caller: Caller,
    faults: ItemFaults,
  ): Identified[] {
    const identified = items.flatMap(
      ({ externalId, issuer, displayName, role }, index): Identified[] => {
        if (externalId === undefined) return [];
        try {
          const identity = this.externalUsers.identityOf({ externalId, issuer }, caller);
          const person = { ...identity, displayName, role: ORDINARY_GLOBAL_ROLE } as const;
          return [{ index, person, role }];
        } catch (error) {
          if (!(error instanceof UnknownIssuer)) throw error;
          faults.addUnknownIssuer(index);
          return [];
        }
      },
    );
    return faults.withoutRepetitions(identified, ({ person: { issuer, externalId } }) =>
      JSON.stringify([issuer, externalId]),
    );
  }

  /** Finds or creates the user of each identity. */
  private async usersOf(
    transaction: Transaction,
    identified: readonly Identified[],
    caller: Caller,
    faults: ItemFaults,
  ): Promise<Users> {
    const people = identified.map(({ person }) => person);
    const found = await this.externalUsers.findOrAdd(transaction, people);
    const lines: Line[] = [];
    const creations: EntryOfUser[] = [];
    for (const [place, { index, person, role }] of identified.entries()) {
      const user = found[place];
      if (!user || user.isDeleted) {
        faults.addDeleted(index);
        continue;
      }
      lines.push({ index, userId: user.id, role });
      if (user.isNew) creations.push(creationOf(caller, user.id, person));
    }
    return { lines, creations };
  }

  private async setLines(
    transaction: Transaction,
    roomId: string,
    lines: readonly Line[],
    faults: ItemFaults,
  ): Promise<SetMembership[]> {
    const different = faults.withoutRepetitions(lines, ({ userId }) => userId);
    const set = await this.members.set(transaction, roomId, different, true);
    const outcomes = new Map(set.map((outcome) => [outcome.userId, outcome]));
    for (const { index, userId } of different) {
      const outcome = outcomes.get(userId);
      if (!outcome) faults.addMissing(index);
      else if (!outcome.isAllowed) faults.addGuest(index);
    }
    return set;
  }
}

function idsIn(items: readonly MemberOfList[]): Line[] {
  return items.flatMap(({ userId, role }, index) =>
    userId === undefined ? [] : [{ index, userId, role }],
  );
}
