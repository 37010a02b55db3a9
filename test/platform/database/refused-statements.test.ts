import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Line, type LoggedServer, startLoggedServer } from '../../support/logged-server.js';
import { createOwnedDatabase, type OwnedDatabase } from '../../support/owned-database.js';
import type { ProblemBody } from '../../support/shapes.js';

const lines: Line[] = [];
let database: OwnedDatabase;
let owner: pg.Client;
let server: LoggedServer;

beforeAll(async () => {
  database = await createOwnedDatabase();
  server = await startLoggedServer({ DATABASE_URL: database.url }, lines);
  owner = new pg.Client({ connectionString: database.url });
  await owner.connect();
  await server.join();
});
afterAll(async () => {
  await owner.end();
  await server.stop();
  await database.drop();
});
beforeEach(() => void lines.splice(0));

const linesThatSay = (text: string) => lines.filter(({ msg }) => msg.includes(text));
const isReady = async () => (await server.anyone.get('/health/ready')).status;

const join = () => server.join();
const makeRoom = () => server.admin.post<ProblemBody>('/v1/rooms', { name: 'Another' });

interface Loss {
  readonly what: string;
  readonly ask: typeof join | typeof makeRoom;
  readonly code: string;
  readonly lose: string;
  readonly restore: string;
  /** Reports whether rooms with people in them can still be served. */
  readonly staysReady?: true;
}

const FUNCTION = 'create function refuse() returns trigger language plpgsql as';
const TRIGGER =
  'create trigger refuse before insert on rooms for each statement execute function refuse()';

/** Makes Postgres refuse writes to rooms with this code, as a broken disk would. */
const raised = (what: string, code: string): Loss => ({
  what,
  ask: makeRoom,
  code,
  lose: `${FUNCTION} $$ begin raise exception using errcode = '${code}'; end $$; ${TRIGGER}`,
  restore: 'drop function refuse cascade',
  staysReady: true,
});

const losses: readonly Loss[] = [
  {
    what: 'the right to read a table was revoked',
    ask: join,
    code: '42501',
    lose: 'revoke select on rooms from current_user',
    restore: 'grant select on rooms to current_user',
  },
  {
    what: 'the right to write a table was revoked',
    ask: makeRoom,
    code: '42501',
    lose: 'revoke insert on rooms from current_user',
    restore: 'grant insert on rooms to current_user',
    staysReady: true,
  },
  {
    what: 'a table is missing',
    ask: join,
    code: '42P01',
    lose: 'alter table seats rename to seats_elsewhere',
    restore: 'alter table seats_elsewhere rename to seats',
  },
  {
    what: 'the schema is missing',
    ask: join,
    code: '42P01',
    lose: 'alter schema public rename to elsewhere',
    restore: 'alter schema elsewhere rename to public',
  },
  raised('there is no schema to work in', '3F000'),
  raised('its files cannot be written', '58030'),
  raised('a file is missing', '58P01'),
  raised('its data are damaged', 'XX001'),
  raised('it ends transactions', '25P04'),
];

const lose = (loss: Loss) => owner.query(loss.lose);
const restore = (loss: Loss) => owner.query(loss.restore);

describe('a database that refuses statements', () => {
  it.each(losses)(
    'a request gets 503 with one log line because $what, until the cause is gone',
    async (loss) => {
      await lose(loss);
      try {
        for (let round = 0; round < 3; round += 1) {
          const { status, body, headers } = await loss.ask();
          expect([status, body.code]).toEqual([503, 'database_unavailable']);
          expect(headers.get('retry-after')).toBe('1');
        }
        expect(await isReady()).toBe(loss.staysReady ? 200 : 503);
      } finally {
        await restore(loss);
      }
      expect((await loss.ask()).status).toBeLessThan(300);
      expect(await isReady()).toBe(200);
      const lost = linesThatSay('the database cannot be used');
      expect(lost).toEqual([
        expect.objectContaining({
          level: 'error',
          code: loss.code,
          msg: expect.stringMatching(new RegExp(`${loss.code}: .+; `)),
          statement: expect.stringMatching(/\w+ \w+/),
        }),
      ]);
      expect(linesThatSay('the database is back')).toHaveLength(1);
      expect(linesThatSay('unexpected error')).toEqual([]);
    },
  );
});

describe('a database that refuses to write seats', () => {
  it('the server is not ready although it can read everything', async () => {
    await owner.query('revoke insert on seats from current_user');
    expect(await isReady()).toBe(503);
    await owner.query('grant insert on seats to current_user');
    expect(await isReady()).toBe(200);
  });
});
