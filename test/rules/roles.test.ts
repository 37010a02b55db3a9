import { describe, expect, it } from 'vitest';
import { GLOBAL_ROLES } from '../../src/platform/access/global-role.js';
import { ROOM_ROLES } from '../../src/rooms/room-role.js';
import { product } from '../support/sources.js';

/** Lines of the product that spell one of the roles, but for those that name a level of access. */
function linesThatSpell(roles: readonly string[], home: string): string[] {
  const spelled = new RegExp(`'(${roles.join('|')})'`);
  return product
    .filter(({ path }) => path !== home && !path.startsWith('platform/database/migrations/'))
    .flatMap(({ path, text }) => text.split('\n').map((line) => `${path}: ${line.trim()}`))
    .filter((line) => spelled.test(line) && !LEVEL.test(line));
}

const LEVEL = /@Access\('|type AccessLevel = |level === '|decideBy\('|DECIDED_BY_GUARD/;

/** The same words where they are no role: in an address of Postgres, an alias, and a kind of limit. */
const OTHERS =
  /const named = \['host', 'hostaddr'|createQueryBuilder\('user'\)|Omit<RefreshedSession, 'user'>|\b(count|begin)\(.*'user'/;

describe('the roles of a room', () => {
  it('are spelled in their table only, because each comparison elsewhere is a place to forget', () => {
    const lines = linesThatSpell(ROOM_ROLES, 'rooms/room-role.ts');
    expect(lines.filter((line) => !OTHERS.test(line))).toEqual([]);
  });
});

describe('the roles of the server', () => {
  it('are spelled in their table only, because each comparison elsewhere is a place to forget', () => {
    const lines = linesThatSpell(GLOBAL_ROLES, 'platform/access/global-role.ts');
    expect(lines.filter((line) => !OTHERS.test(line))).toEqual([]);
  });
});
