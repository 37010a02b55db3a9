import { Injectable } from '@nestjs/common';
import { Database, statement } from '../database/database.js';

/** A little longer than a turn takes. */
const LEASE_SECONDS = 5;
/** A replica that has not written for this time has ended, or uses a different first key. */
const GONE_SECONDS = 60;

const PUT_FIRST = statement(
  'first-keys.put-first',
  `insert into encryption_keys (key_id, put_first_at, written_at)
   values ($1, clock_timestamp(), clock_timestamp())
   on conflict (key_id) do update
      set put_first_at = clock_timestamp(), written_at = clock_timestamp()`,
);

// For keys that are older than this table.
const REMEMBER = statement(
  'first-keys.remember',
  `insert into encryption_keys (key_id, put_first_at, written_at)
   select id, 'epoch', 'epoch' from unnest($1::text[]) id on conflict (key_id) do nothing`,
);

const NEWER = 'select from encryption_keys n where n.put_first_at > k.put_first_at';

const WRITES = statement(
  'first-keys.writes',
  `update encryption_keys k set written_at = clock_timestamp() where key_id = $1
   returning not exists (${NEWER}) as "isNewest"`,
);

const TAKE_TURN = statement(
  'first-keys.take-turn',
  `update encryption_keys k
      set lease_until = clock_timestamp() + make_interval(secs => ${LEASE_SECONDS})
    where key_id = $1 and (lease_until is null or lease_until <= clock_timestamp())
      and not exists (${NEWER})
   returning 1`,
);

const END_TURN = statement(
  'first-keys.end-turn',
  'update encryption_keys set lease_until = null where key_id = $1',
);

const FIND_LEFT = statement(
  'first-keys.find-left',
  `select key_id as "keyId" from encryption_keys k
    where written_at <= clock_timestamp() - make_interval(secs => ${GONE_SECONDS})
      and key_id <> $1 and exists (${NEWER})`,
);

/** Records the newest first key; without it, restarting replicas would undo each other's work. */
@Injectable()
export class FirstKeysRepository {
  constructor(private readonly database: Database) {}

  async putFirst(keyId: string): Promise<void> {
    await this.database.query(PUT_FIRST, [keyId]);
  }

  async remember(keyIds: readonly string[]): Promise<void> {
    await this.database.query(REMEMBER, [keyIds]);
  }

  /** Records that a replica encrypts with a key; returns whether it is the newest first key. */
  async noteWriting(keyId: string): Promise<boolean> {
    const row = await this.database.queryOne<{ isNewest: boolean }>(WRITES, [keyId]);
    return row?.isNewest === true;
  }

  /** Gives the turn to one replica at a time, so that more replicas cause no more load. */
  async takeTurn(keyId: string): Promise<boolean> {
    return (await this.database.query(TAKE_TURN, [keyId])).length > 0;
  }

  async endTurn(keyId: string): Promise<void> {
    await this.database.query(END_TURN, [keyId]);
  }

  /** Finds former first keys that no replica has written with for a minute. */
  async findLeft(keyId: string): Promise<string[]> {
    const rows = await this.database.query<{ keyId: string }>(FIND_LEFT, [keyId]);
    return rows.map((row) => row.keyId);
  }
}
