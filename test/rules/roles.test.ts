import { describe, expect, it } from 'vitest';
import { GLOBAL_ROLES } from '../../src/platform/access/global-role.js';
import { ROOM_ROLES } from '../../src/rooms/room-role.js';
import { product } from '../support/sources.js';

/** Returns the lines of the product that spell a role, except lines that name a level or a kind. */
function linesThatSpell(roles: readonly string[], home: string): string[] {
  const spelled = new RegExp(`'(${roles.join('|')})'`);
  return product
    .filter(({ path }) => path !== home && !path.startsWith('platform/database/migrations/'))
    .flatMap(({ path, text }) => text.split('\n').map((line) => `${path}: ${line.trim()}`))
    .filter((line) => spelled.test(line) && !LEVEL.test(line) && !KIND.test(line));
}

const LEVEL = /@Access\('|type AccessLevel = |level === '|decideBy\('|DECIDED_BY_GUARD/;

/** Kinds of users, of which one is called like its role. */
const KIND = /\bkind\b.*'service'|'external', 'service'/;

/** Uses of the same words that are not roles: parts of a Postgres URL, an alias and a kind of limit. */
const NOT_ROLES =
  /SESSION_KINDS = |SessionKind = '|const named = \['host', 'hostaddr'|createQueryBuilder\('user'\)|Omit<RefreshedSession, 'user'>|\b(count|begin)\(.*'user'/;

describe('the roles of a room', () => {
  it('the roles of a room are spelled only in their table, because scattered comparisons get forgotten', () => {
    const lines = linesThatSpell(ROOM_ROLES, 'rooms/room-role.ts');
    expect(lines.filter((line) => !NOT_ROLES.test(line))).toEqual([]);
  });
});

describe('the roles of the server', () => {
  it('the roles of the server are spelled only in their table, because scattered comparisons get forgotten', () => {
    const lines = linesThatSpell(GLOBAL_ROLES, 'platform/access/global-role.ts');
    expect(lines.filter((line) => !NOT_ROLES.test(line))).toEqual([]);
  });
});
