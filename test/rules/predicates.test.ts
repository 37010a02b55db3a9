import { describe, expect, it } from 'vitest';
import { product } from '../support/sources.js';

/** Conditions in SQL and the file that spells each; other files call its functions. */
const HOMES = [
  ['held seat', /\bseen_at\s*[<>]/, 'platform/access/held-seat.policy.ts'],
  ['ban in force', /\buntil is null or\b/, 'rooms/settings/ban.policy.ts'],
  [
    'ban of a person',
    /\bjoin bans\b|from bans \w+ where \w+\.room_id = r\./,
    'rooms/settings/ban.policy.ts',
  ],
  [
    'live session',
    /\bidle_expires_at > (?!.*make_interval)/,
    'platform/access/live-session.policy.ts',
  ],
  [
    'session of a user',
    /\bsessions_valid_from\s*[<>]|>= \S*sessions_valid_from/,
    'platform/access/live-session.policy.ts',
  ],
] as const;

describe('conditions in SQL', () => {
  it.each(HOMES)(
    'the condition of a %s is spelled in one file, because copies diverge',
    (_, spelled, home) => {
      const files = product.filter(
        ({ path, text }) => !path.startsWith('platform/database/migrations/') && spelled.test(text),
      );
      expect(files.map(({ path }) => path)).toEqual([home]);
    },
  );
});
