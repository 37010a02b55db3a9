import type { Lease } from '../../../src/tokens/protocol/token-store.js';
import type { CasCall, History, Join, LostTerm, Publish, Rekey } from '../history/history.js';
import type { MemoryRow } from '../memory-row.js';
import type { SimulatedTime } from './simulated-time.js';

/** Records the events of one run. */
export class Recorder implements History {
  readonly joins: Join[] = [];
  readonly calls: CasCall[] = [];
  readonly publishes: Publish[] = [];
  readonly lostTerms: LostTerm[] = [];
  readonly rekeys: Rekey[] = [];
  private readonly begun = new Map<string, number>();

  constructor(private readonly time: SimulatedTime) {}

  called(replica: string): void {
    this.calls.push({ replica, startedAt: this.time.instant() });
  }

  /** Records the end of a term without a publish; only the term of the own lease counts. */
  ends(why: LostTerm['why'], row: MemoryRow, lease: Lease, end: () => boolean): void {
    const isOwn = String(row.fence) === lease.fence;
    if (end() && isOwn) this.lost(why);
  }

  /** The first attempt to publish a token counts as the beginning of the publish. */
  publishBegins(token: string): void {
    if (!this.begun.has(token)) this.begun.set(token, this.time.instant());
  }

  published(
    replica: string,
    { generation, text = '', serveUntil }: MemoryRow,
    { rekey }: Lease,
  ): void {
    const doneAt = this.time.instant();
    const startedAt = this.begun.get(text) ?? doneAt;
    const seen = { generation, token: text, fingerprint: `of ${text}`, serveUntil };
    const named = rekey && { named: rekey.generation };
    this.publishes.push({ replica, ...seen, startedAt, doneAt, ...named });
  }

  /** Takes the lease; a term that is still in the row then has expired. */
  acquires(row: MemoryRow, acquire: () => Lease | undefined): Lease | undefined {
    const ranOut = row.leaseUntil !== 0 && row.leaseUntil <= this.time.now();
    const lease = acquire();
    if (lease && ranOut) this.lost('expired');
    return lease;
  }

  private lost(why: LostTerm['why']): void {
    this.lostTerms.push({ at: this.time.instant(), why });
  }
}
