import { DETAIL_OF_ISSUER } from '../../users/accounts/users.problems.js';
import { FormerAccountsRemain, MembersNotValid } from './entry.problems.js';
import type { MemberOfList } from './member.schema.js';

interface ItemFault {
  readonly index: number;
  readonly field: keyof MemberOfList;
  readonly detail: string;
  /** Whether the same list is valid a little later. */
  readonly isTemporary: boolean;
}

/** Collects the faults of a list of members, so that the refusal names every faulty item. */
export class ItemFaults {
  private readonly faults: ItemFault[] = [];

  constructor(private readonly items: readonly MemberOfList[]) {}

  addUnknownIssuer(index: number): void {
    const detail = DETAIL_OF_ISSUER;
    this.faults.push({ index, field: 'issuer', detail, isTemporary: false });
  }

  addGuest(index: number): void {
    this.addPerson(
      index,
      'is a guest, who can only be a participant or a viewer of the room of their invite',
    );
  }

  /** A user who does not exist, or whose identity is deleted concurrently. */
  addMissing(index: number): void {
    if (this.items[index]?.userId === undefined) this.addDeleted(index);
    else this.addPerson(index, 'is not the id of a user');
  }

  addDeleted(index: number): void {
    this.addPerson(index, 'belongs to an account that is still being deleted', true);
  }

  /** Returns the first line of each person; the later lines are faults. */
  withoutRepetitions<Line extends { readonly index: number }>(
    lines: readonly Line[],
    personOf: (line: Line) => string,
  ): Line[] {
    const people = new Set<string>();
    return lines.filter((line) => {
      const person = personOf(line);
      const isFirst = !people.has(person);
      people.add(person);
      if (!isFirst) this.addPerson(line.index, 'names a person whom an earlier item names too');
      return isFirst;
    });
  }

  /** @throws {MembersNotValid | FormerAccountsRemain} if there is a fault */
  refuse(): void {
    if (this.faults.length === 0) return;
    const errors = this.faults
      .toSorted((a, b) => a.index - b.index)
      .map(({ index, field, detail }) => ({ pointer: `/items/${index}/${field}`, detail }));
    if (this.faults.every(({ isTemporary }) => isTemporary))
      throw new FormerAccountsRemain({ retryAfter: 1, errors });
    throw new MembersNotValid({ errors });
  }

  private addPerson(index: number, detail: string, isTemporary = false): void {
    const field = this.items[index]?.userId === undefined ? 'externalId' : 'userId';
    this.faults.push({ index, field, detail, isTemporary });
  }
}
