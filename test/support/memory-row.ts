import type {
  Lease,
  Publication,
  Rekey,
  RekeyWait,
  RoomState,
  StoredToken,
} from '../../src/tokens/protocol/token-store.js';

const LEASE_MS = 6_000;
const LEAST_PAUSE_MS = 250;

/** One room's row in memory; each method is one atomic statement. */
export class MemoryRow {
  generation = 0;
  text: string | undefined;
  serveUntil = 0;
  expiresAt = 0;
  fence = 0;
  leaseUntil = 0;
  retryAt = 0;
  pausedUntil = 0;
  /** The pause after a re-key; by default zero, because a pause would hide the effect of other guards. */
  pauseMs = 0;

  constructor(private readonly now: () => number) {}

  read(): RoomState {
    const now = this.now();
    const { coolingSeconds } = this.wait();
    if (this.serveUntil > now) return { kind: 'live', token: this.token(), ...this.wait() };
    return { kind: 'cold', leased: this.leaseUntil > now, coolingSeconds };
  }

  /** Returns the seconds that a re-key has to wait. */
  wait(): RekeyWait {
    const within = (time: number) => Math.max(0, time - this.now()) / 1_000;
    return { coolingSeconds: within(this.retryAt), pausedSeconds: within(this.pausedUntil) };
  }

  acquire(roomId: string): Lease | undefined {
    const { serveUntil, leaseUntil, retryAt } = this;
    if (Math.max(serveUntil, leaseUntil, retryAt) > this.now()) return undefined;
    return this.grant(roomId);
  }

  acquireForRekey(roomId: string, rekey: Rekey): Lease | undefined {
    const { leaseUntil, retryAt, pausedUntil } = this;
    if (Math.max(leaseUntil, retryAt, pausedUntil) > this.now()) return undefined;
    if (this.generation !== rekey.generation) return undefined;
    return { ...this.grant(roomId), rekey };
  }

  publish(lease: Lease, token: Publication): number | undefined {
    if (!this.holds(lease)) return undefined;
    this.store(token);
    if (lease.rekey) this.pausedUntil = this.now() + this.pauseMs;
    return this.generation;
  }

  hasPublished(lease: Lease, text: string): boolean | 'still leased' {
    if (this.holds(lease)) return 'still leased';
    return this.generation === lease.generation + 1 && this.text === text;
  }

  /** @returns whether this call ended the term, which was still running */
  fail(lease: Lease, retryAfterSeconds: number): boolean {
    if (!this.release(lease)) return false;
    this.retryAt = this.now() + Math.max(LEAST_PAUSE_MS, retryAfterSeconds * 1_000);
    return true;
  }

  /** @returns whether this call ended the term, which was still running */
  release(lease: Lease): boolean {
    if (!this.holds(lease)) return false;
    this.fence += 1;
    this.leaseUntil = 0;
    return true;
  }

  /** Stores a token, whoever has the lease. */
  store({ text, lifeSeconds, serveSeconds }: Publication): void {
    const now = this.now();
    this.text = text;
    this.generation += 1;
    this.serveUntil = now + serveSeconds * 1_000;
    this.expiresAt = now + lifeSeconds * 1_000;
    this.fence += 1;
    this.leaseUntil = 0;
    this.retryAt = 0;
  }

  /** Begins a term, whatever the row contains. */
  grant(roomId: string): Lease {
    this.fence += 1;
    this.leaseUntil = this.now() + LEASE_MS;
    return { roomId, fence: String(this.fence), generation: this.generation };
  }

  protected holds({ fence }: Lease): boolean {
    return String(this.fence) === fence;
  }

  private token(): StoredToken {
    const { text = '', generation, serveUntil, expiresAt } = this;
    const at = { serveUntil: new Date(serveUntil), expiresAt: new Date(expiresAt) };
    return { text, generation, fingerprint: `of ${text}`, ...at };
  }
}
