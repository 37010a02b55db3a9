import { Injectable } from '@nestjs/common';
import { Database, reservedStatement } from '../../platform/database/database.js';
import { listParameter } from '../../platform/database/list-parameter.js';
import { BatchLoader } from '../../platform/tasks/batch-loader.js';
import { WORKS } from './api-keys.repository.js';

const HASHES = listParameter('$1', 'bytea');

// A locked secret is not noted, so that no request waits for a rotation. Decisive without a check
// of the server, because a standby refuses every statement that can write.
const USE = reservedStatement(
  'api-keys.use',
  `with due as (
     select s.hash from api_key_secrets s join api_keys k on k.id = s.key_id
      where s.hash = any (${HASHES}) and ${WORKS}
        and (s.last_used_at is null or s.last_used_at < clock_timestamp() - interval '1 minute')
        for no key update of s skip locked
   ), noted as (
     update api_key_secrets s set last_used_at = clock_timestamp() from due where s.hash = due.hash
   )
   select s.hash, k.id, k.name, k.scopes, k.namespace, k.created_at as "createdAt",
          ${WORKS} as works, clock_timestamp() as "seenAt"
     from api_key_secrets s join api_keys k on k.id = s.key_id
    where s.hash = any (${HASHES})`,
);

export interface UsedApiKey {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly namespace: string;
  readonly createdAt: Date;
  /** Whether neither the key nor this secret has expired. */
  readonly works: boolean;
  /** The database's time. */
  readonly seenAt: Date;
}

/** Finds keys by the SHA-256 of their secrets, and notes the use; once per request. */
@Injectable()
export class ApiKeyUsesRepository {
  private readonly lookUps = new BatchLoader<UsedApiKey>((hashes) => this.useAll(hashes), 2, 50);

  constructor(private readonly database: Database) {}

  /** Concurrent calls share a round trip. */
  use(hash: Buffer): Promise<UsedApiKey | undefined> {
    return this.lookUps.get(hash.toString('base64'));
  }

  private async useAll(hashes: string[]): Promise<Map<string, UsedApiKey>> {
    const found = await this.database.query<UsedApiKey & { hash: Buffer }>(USE, [
      hashes.map((hash) => Buffer.from(hash, 'base64')),
    ]);
    return new Map(found.map(({ hash, ...key }) => [hash.toString('base64'), key]));
  }
}
