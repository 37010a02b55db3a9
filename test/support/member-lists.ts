import { expect } from 'vitest';
import { idOf } from './accounts.js';
import type { TestApp } from './app.js';
import type { Client } from './client.js';
import { expectProblem, placesOf } from './expect-problem.js';
import type { List, Room, User } from './shapes.js';

export type Item = Record<string, unknown>;

export interface Counts {
  readonly added: number;
  readonly changed: number;
}

export const viewer = (person: Item): Item => ({ ...person, role: 'viewer' });
export const user = (client: Client): Item => ({ userId: idOf(client) });

export const UNCHANGED: Counts = { added: 0, changed: 0 };

/** Sends lists of members as the administrator, and reads what they left behind. */
export class MemberLists {
  private ids = 0;

  constructor(private readonly server: TestApp) {}

  /** Returns an externalId that no other test uses. */
  newId(): string {
    this.ids += 1;
    return `customer-${this.ids}`;
  }

  newIds(count: number): string[] {
    return Array.from({ length: count }, () => this.newId());
  }

  send(room: Room, items: readonly Item[], by: Client = this.server.admin) {
    return by.put<Counts>(`/v1/rooms/${room.id}/members`, { items });
  }

  async set(room: Room, items: readonly Item[]): Promise<Counts> {
    const { status, body } = await this.send(room, items);
    expect([status, body]).toEqual([200, expect.anything()]);
    return body;
  }

  /** Returns the places at which the list is refused; expects that nothing has changed. */
  async refusedPlaces(room: Room, items: readonly Item[]): Promise<string[]> {
    const before = await this.traces(room);
    const problem = expectProblem(await this.send(room, items), 400, 'invalid_request');
    expect(await this.traces(room)).toEqual(before);
    return placesOf(problem);
  }

  /** The roles of the members, by user id. */
  async roles({ id }: Room): Promise<Record<string, string>> {
    const rows = await this.server.database.query<{ id: string; role: string }>(
      'select user_id as id, role from members where room_id = $1',
      [id],
    );
    return Object.fromEntries(rows.map((row) => [row.id, row.role]));
  }

  async usersOf(externalId: string): Promise<User[]> {
    const path = `/v1/users?externalId=${externalId}`;
    return (await this.server.admin.get<List<User>>(path)).body.items;
  }

  async idOf(externalId: string): Promise<string> {
    const [user] = await this.usersOf(externalId);
    return user?.id ?? expect.unreachable(`nobody has the id ${externalId}`);
  }

  /** Everything that a list can change. */
  private async traces(room: Room): Promise<unknown> {
    const counts = `select (select count(*)::int from users) as users,
                           (select count(*)::int from audit_entries) as entries,
                           (select version from rooms where id = $1) as version`;
    return [await this.server.database.query(counts, [room.id]), await this.roles(room)];
  }
}
