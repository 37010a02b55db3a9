import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { Every } from '../platform/tasks/every.decorator.js';
import { counter, histogram } from '../platform/metrics/instruments.js';
import { Gauge, Instrument } from '../platform/metrics/metric.decorator.js';
import { Config } from '../platform/config/config.js';
import { rowsOf, statement, type Transaction } from '../platform/database/database.js';
import { describeDatabaseError } from '../platform/database/database-errors.js';
import { AuditService } from '../platform/audit/audit.service.js';
import { Clock } from './protocol/clock.js';
import { type EndedMint, Minter } from './protocol/minter.js';
import { Rekeying } from './protocol/rekeying.js';
import { RoomTokens } from './protocol/room-tokens.js';
import { RoomTokensRepository } from './protocol/room-tokens.repository.js';
import { TokenCipher } from './protocol/token-cipher.js';
import { type MintFailed, type SourceStatus, TokenSource } from './protocol/token-source.js';
import type { Rekey, StoredToken } from './protocol/token-store.js';
import { TokenUnreadable } from './protocol/tokens.problems.js';

const DISCARD = statement(
  'tokens.discard',
  // An acquire that waits for this row rechecks only the row, so the row itself must show the end.
  `update room_tokens set fence = fence + 1, lease_until = null, token = null, token_key_id = null,
          serve_until = null, retry_at = clock_timestamp() + interval '100 years'
    where room_id = $1`,
);

export interface SealedToken {
  readonly roomId: string;
  readonly generation: number;
  readonly keyId: string | null;
  readonly bytes: Buffer | null;
}

export type { Rekey };

const MINT_ENDS: readonly EndedMint['end'][] = [
  'published',
  'refused',
  'unavailable',
  'lost',
  'released',
  'broken',
];

@Injectable()
export class TokensService implements BeforeApplicationShutdown {
  private readonly logger = new Logger('Tokens');
  private readonly roomTokens: RoomTokens;
  private readonly minter: Minter;
  private readonly rekeying: Rekeying;
  private readonly unreadable = new Set<string>();
  private hasReadAny = false;
  private lastCall: SourceStatus = { works: null, detail: 'no token has been requested yet' };
  @Instrument()
  private readonly mints = counter(
    'mints_total',
    'Mints that had the lease, by outcome; refused and unavailable are failures of CAS.',
    ['outcome'],
    MINT_ENDS.map((outcome) => ({ outcome })),
  );
  @Instrument()
  private readonly mintSeconds = histogram(
    'mint_duration_seconds',
    'Time from the lease to the end of a mint, by outcome.',
    ['outcome'],
  );

  constructor(
    private readonly repository: RoomTokensRepository,
    private readonly cipher: TokenCipher,
    private readonly source: TokenSource,
    private readonly audit: AuditService,
    private readonly config: Config,
    private readonly clock: Clock,
  ) {
    const limits = {
      marginSeconds: config.TOKEN_MARGIN,
      maxAgeSeconds: config.CAS_TOKEN_MAX_AGE,
    };
    this.minter = new Minter(repository, source, clock, limits, {
      succeeded: () => (this.lastCall = { works: true, triedAt: clock.now() }),
      failed: (roomId, failure) => this.noteFailure(roomId, failure),
      lifeUnknown: (roomId) =>
        this.logger.warn(
          { roomId },
          'the token of CAS contains no usable end; CAS_TOKEN_MAX_AGE applies',
        ),
      ended: (mint) => this.noteEnd(mint),
    });
    this.roomTokens = new RoomTokens(repository, this.minter, clock);
    this.rekeying = new Rekeying(repository, this.minter, clock);
  }

  /**
   * Returns the room's live token, minted once for all; after `hasLeft`, it waits for no new mint.
   * @throws {CasUnavailable} after `patienceMs`, or as soon as there will certainly be no token
   */
  async awaitLive(
    roomId: string,
    patienceMs: number,
    hasLeft: () => boolean,
  ): Promise<StoredToken> {
    try {
      const token = await this.roomTokens.awaitLive(roomId, patienceMs, hasLeft);
      this.noteReadable(roomId);
      return token;
    } catch (error) {
      if (error instanceof TokenUnreadable) this.noteUnreadable(roomId, error.generation);
      throw error;
    }
  }

  /** Returns the generation that a re-key would end. @throws {NoLiveToken} */
  presentGeneration(roomId: string): Promise<number> {
    return this.rekeying.presentGeneration(roomId);
  }

  /**
   * Replaces the named generation for everyone, which remains if CAS fails; returns the new one.
   * @throws {GenerationChanged | NoLiveToken | RekeyPaused | CasUnavailable}
   */
  async rekey(roomId: string, rekey: Rekey): Promise<number> {
    const generation = await this.rekeying.rekey(roomId, rekey);
    this.unreadable.delete(roomId);
    return generation;
  }

  /** @throws {TokenUnreadable} if it cannot be decrypted; only this room is out of order */
  reveal({ roomId, generation, keyId, bytes }: SealedToken): string {
    const text = this.cipher.open(roomId, generation, keyId, bytes);
    if (text === undefined) {
      this.noteUnreadable(roomId, generation);
      throw new TokenUnreadable(generation);
    }
    this.noteReadable(roomId);
    return text;
  }

  /** Renews the ended tokens of occupied rooms, without waiting: a hanging mint delays no other. */
  @Every('400 ms', 'renew tokens')
  async renewDue(): Promise<void> {
    if (!this.source.hasFreePlace) return;
    for (const roomId of await this.repository.findDue(this.config.PRESENCE_TTL))
      this.minter
        .mint(roomId, () => true)
        .catch((error: unknown) => this.noteBroken(roomId, error));
  }

  /** Starts a mint without waiting; `told` gets the outcome if this replica made the attempt. */
  mintAhead(roomId: string, told: (end: 'published' | 'failed') => Promise<void>): void {
    this.minter
      .mint(roomId, () => true)
      .then((end) => (end === 'published' || end === 'failed' ? told(end) : undefined))
      .catch((error: unknown) => this.noteBroken(roomId, error));
  }

  /** Discards a deleted room's token, and a token that is being minted. */
  async discard(transaction: Transaction, roomId: string): Promise<void> {
    await rowsOf(transaction, DISCARD, [roomId]);
    this.unreadable.delete(roomId);
  }

  @Gauge('waiting_joiners', 'Requests waiting for a token.')
  get waiting(): number {
    return this.roomTokens.waiting;
  }

  /** The result of the last call; a source that returns dead tokens counts as failed. */
  get minting(): SourceStatus {
    return this.lastCall;
  }

  @Gauge(
    'rooms_unreadable',
    'Rooms whose stored token cannot be decrypted, as far as this replica has noticed.',
    'length',
  )
  get unreadableRooms(): string[] {
    return [...this.unreadable];
  }

  /** Whether this replica could decrypt the stored tokens that it read; null before the first. */
  get readsTokens(): boolean | null {
    if (this.unreadable.size > 0) return false;
    return this.hasReadAny ? true : null;
  }

  /** Releases leases before the shutdown waits for requests, so that other replicas take over. */
  beforeApplicationShutdown(): void {
    this.roomTokens.shutDown();
  }

  private noteEnd(mint: EndedMint): void {
    const { roomId, generation, end, seconds } = mint;
    const level = end === 'published' ? 'log' : 'debug';
    const milliseconds = Math.round(seconds * 1000);
    this.logger[level]({ roomId, generation, end, milliseconds }, 'a mint ended');
    this.mints.inc({ outcome: end });
    this.mintSeconds.observe({ outcome: end }, seconds);
  }

  private noteFailure(roomId: string, failure: MintFailed): void {
    this.lastCall = { works: false, detail: failure.message, triedAt: this.clock.now() };
    const level = failure.kind === 'refused' ? 'error' : 'warn';
    this.logger[level]({ roomId, reason: failure.message }, 'CAS returned no token');
  }

  private noteBroken(roomId: string, error: unknown): void {
    this.logger.warn({ roomId, ...describeDatabaseError(error) }, 'a mint was aborted by an error');
  }

  private noteReadable(roomId: string): void {
    this.hasReadAny = true;
    this.unreadable.delete(roomId);
  }

  private noteUnreadable(roomId: string, generation: number): void {
    if (this.unreadable.has(roomId)) return;
    this.unreadable.add(roomId);
    this.logger.error({ roomId, generation }, 'the stored token cannot be decrypted');
    const entry = { action: 'token.unreadable', roomId, details: { generation } } as const;
    this.audit.recordAlone(entry).catch(() => this.unreadable.delete(roomId));
  }
}
