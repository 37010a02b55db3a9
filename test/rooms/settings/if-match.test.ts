import { describe, expect, it } from 'vitest';
import { useApp } from '../../support/app.js';
import '../../support/expect-problem.js';
import type { Room } from '../../support/shapes.js';

const server = useApp();
const pathOf = ({ id }: Room) => `/v1/rooms/${id}`;
const change = (room: Room, patch: Record<string, unknown>, ifMatch?: string) =>
  server.admin.patch<Room>(
    pathOf(room),
    patch,
    ifMatch === undefined ? {} : { 'if-match': ifMatch },
  );

describe('If-Match', () => {
  it('accepts a change only if it names the current version', async () => {
    const room = await server.createRoom();
    expect((await change(room, { name: 'Two' }, '"1"')).status).toBe(200);
    for (const stale of ['"1"', '"9"', '"x"', '""', 'W/"2"', '"1", "3"'])
      expect(await change(room, { name: 'No' }, stale)).toBeProblem(412, 'precondition_failed');
    expect((await server.admin.get<Room>(pathOf(room))).body.name).toBe('Two');
    expect((await change(room, { name: 'Three' }, '"7", "2"')).status).toBe(200);
    expect((await change(room, { name: 'Four' }, '*')).status).toBe(200);
    expect((await change(room, { name: 'Five' })).headers.get('etag')).toBe('"5"');
  });

  it.each([
    '"01"',
    '"001"',
    '"1.0"',
    '"0x1"',
    '"+1"',
    'W/"1"',
    '"*"',
    '"1,2"',
    '"a,b"',
    '","',
    '"W/"',
    '"a,1", "b,", W/"1"',
    '"é"',
  ])('does not match with the value %s', async (ifMatch) => {
    const room = await server.createRoom();
    expect(await change(room, { name: 'No' }, ifMatch)).toBeProblem(412, 'precondition_failed');
    const stale = await server.admin.delete(pathOf(room), { 'if-match': ifMatch });
    expect(stale).toBeProblem(412, 'precondition_failed');
  });

  it.each(['"a,b", "1"', '"1","a,b"', 'W/"1" , "1"', '"x"\t,\t"1"', '  "1"  '])(
    'matches if its list contains the current version: %s',
    async (ifMatch) => {
      const room = await server.createRoom();
      expect((await change(room, { name: 'Yes' }, ifMatch)).status).toBe(200);
    },
  );

  it.each([
    '1',
    '"1',
    'W/1',
    '"1" "2"',
    '"1",',
    ',',
    'w/"1"',
    '"a b"',
    '*, "1"',
    '"1", *',
    '"1";"2"',
  ])('is refused as malformed: %s', async (ifMatch) => {
    const room = await server.createRoom();
    expect(await change(room, { name: 'No' }, ifMatch)).toBeProblem(400, 'invalid_request');
  });

  it('accepts one of ten concurrent changes to the same version', async () => {
    const room = await server.createRoom();
    const changes = Array.from({ length: 10 }, (_, each) =>
      change(room, { name: `Name ${each}` }, '"1"'),
    );
    const statuses = (await Promise.all(changes)).map(({ status }) => status);
    expect(statuses.toSorted((a, b) => a - b)).toEqual([200, ...Array<number>(9).fill(412)]);
  });

  it('applies to deletions too', async () => {
    const room = await server.createRoom();
    const stale = await server.admin.delete(pathOf(room), { 'if-match': '"2"' });
    expect(stale).toBeProblem(412, 'precondition_failed');
    expect((await server.admin.delete(pathOf(room), { 'if-match': '"1"' })).status).toBe(204);
  });

  it('ignores people and tokens, which do not change the version', async () => {
    const room = await server.createRoom();
    await server.join(await server.signUp(), room);
    expect((await server.admin.get(pathOf(room))).headers.get('etag')).toBe('"1"');
  });
});
