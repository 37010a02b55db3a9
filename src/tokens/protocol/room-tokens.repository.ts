import { Injectable } from '@nestjs/common';
import { DatabaseGauge } from '../../platform/metrics/metric.decorator.js';
import { BatchLoader } from '../../platform/tasks/batch-loader.js';
import { Config } from '../../platform/config/config.js';
import { Database } from '../../platform/database/database.js';
import { type AuditEntry, auditValuesOf } from '../../platform/audit/audit.service.js';
import { pauseSecondsOf } from './rekey-pause.policy.js';
import {
  ACQUIRE,
  ACQUIRE_FOR_REKEY,
  COUNT_LIVE,
  DUE,
  FAIL,
  PUBLISH,
  PUBLISH_REKEY,
  READ,
  RELEASE,
  STORED,
} from './room-tokens.statements.js';
import { TokenCipher } from './token-cipher.js';
import {
  type Lease,
  type Publication,
  type Rekey,
  type RoomState,
  TokenStore,
} from './token-store.js';

interface StateRow {
  readonly roomId: string;
  readonly generation: number;
  readonly token: Buffer | null;
  readonly keyId: string | null;
  readonly fingerprint: string | null;
  readonly serveUntil: Date | null;
  readonly expiresAt: Date | null;
  readonly live: boolean;
  readonly leased: boolean;
  readonly coolingSeconds: number;
  readonly pausedSeconds: number;
}

@Injectable()
export class RoomTokensRepository extends TokenStore {
  // Batched: otherwise the polls for hundreds of cold rooms would fill the queue for connections,
  // in which their mints wait too.
  private readonly reads = new BatchLoader<StateRow>((roomIds) => this.readAll(roomIds), 2, 50);

  constructor(
    private readonly database: Database,
    private readonly cipher: TokenCipher,
    private readonly config: Config,
  ) {
    super();
  }

  async read(roomId: string): Promise<RoomState> {
    const row = await this.reads.get(roomId);
    if (!row) return { kind: 'gone' };
    const { coolingSeconds, pausedSeconds } = row;
    if (!row.live) return { kind: 'cold', leased: row.leased, coolingSeconds };
    const { generation, fingerprint, serveUntil, expiresAt } = row;
    const text = this.cipher.open(roomId, generation, row.keyId, row.token);
    if (text === undefined || !fingerprint || !serveUntil || !expiresAt)
      return { kind: 'unreadable', generation, coolingSeconds, pausedSeconds };
    const token = { text, generation, fingerprint, serveUntil, expiresAt };
    return { kind: 'live', token, coolingSeconds, pausedSeconds };
  }

  private async readAll(roomIds: string[]): Promise<Map<string, StateRow>> {
    const values = [roomIds, pauseSecondsOf(this.config)];
    const rows = await this.database.query<StateRow>(READ, values);
    return new Map(rows.map((row) => [row.roomId, row]));
  }

  async acquire(roomId: string, rekey?: Rekey): Promise<Lease | undefined> {
    const query = rekey ? ACQUIRE_FOR_REKEY : ACQUIRE;
    const values = rekey ? [roomId, rekey.generation, pauseSecondsOf(this.config)] : [roomId];
    const row = await this.database.queryOne<{ fence: string; generation: number }>(query, values);
    return row && { roomId, ...row, ...(rekey && { rekey }) };
  }

  async publish(lease: Lease, token: Publication): Promise<number | undefined> {
    const generation = lease.generation + 1;
    const sealed = this.cipher.seal(lease.roomId, generation, token.text);
    const { roomId, rekey } = lease;
    const values: unknown[] = [
      roomId,
      lease.fence,
      sealed.bytes,
      sealed.keyId,
      this.cipher.fingerprintOf(token.text),
      token.serveSeconds,
      token.lifeSeconds,
    ];
    const publish = rekey ? PUBLISH_REKEY : PUBLISH;
    if (rekey) values.push(...auditValuesOf(entryOf(roomId, generation, rekey)));
    return (await this.database.queryOne<{ generation: number }>(publish, values))?.generation;
  }

  async hasPublished(lease: Lease, text: string): Promise<boolean | 'still leased'> {
    const row = await this.database.queryOne<{
      fence: string;
      generation: number;
      fingerprint: string | null;
    }>(STORED, [lease.roomId]);
    if (row?.fence === lease.fence) return 'still leased';
    return (
      row?.generation === lease.generation + 1 &&
      row.fingerprint === this.cipher.fingerprintOf(text)
    );
  }

  async fail({ roomId, fence }: Lease, retryAfterSeconds: number): Promise<void> {
    await this.database.query(FAIL, [roomId, fence, retryAfterSeconds]);
  }

  async release({ roomId, fence }: Lease): Promise<void> {
    await this.database.query(RELEASE, [roomId, fence]);
  }

  @DatabaseGauge('rooms_live', 'Rooms with a live token, over all replicas.')
  async countLive(): Promise<number> {
    return (await this.database.queryOne<{ count: number }>(COUNT_LIVE, []))?.count ?? 0;
  }

  /** Finds occupied rooms whose token has ended; as many as there may be concurrent calls. */
  async findDue(presenceSeconds: number): Promise<string[]> {
    const rows = await this.database.query<{ roomId: string }>(DUE, [presenceSeconds]);
    return rows.map(({ roomId }) => roomId);
  }
}

function entryOf(roomId: string, generation: number, { reason, actor, userId }: Rekey): AuditEntry {
  const details = { generation, reason };
  return { action: 'token.rekeyed', actor, roomId, details, ...(userId && { userId }) };
}
