import {
  type Lease,
  type Publication,
  type RoomState,
  type StoredToken,
  TokenStore,
} from '../../src/tokens/token-store.js';
import type { VirtualClock } from './virtual-clock.js';

const LEASE_MS = 6_000;

interface Row {
  generation: number;
  text: string | undefined;
  serveUntil: number;
  expiresAt: number;
  fence: number;
  leaseUntil: number;
  retryAt: number;
}

type Step = 'read' | 'acquire' | 'publish' | 'hasPublished' | 'fail' | 'release';

/** The port's promises kept in memory, by the virtual clock; every step can be slow, or lost. */
export class MemoryTokenStore extends TokenStore {
  readonly row: Row = {
    generation: 0,
    text: undefined,
    serveUntil: 0,
    expiresAt: 0,
    fence: 0,
    leaseUntil: 0,
    retryAt: 0,
  };
  readonly published: string[] = [];
  readonly steps: { readonly step: Step; readonly at: number }[] = [];
  readonly retryAfters: number[] = [];
  kind: 'there' | 'gone' | 'unreadable' = 'there';
  /** Milliseconds from a step's effect to its answer. */
  answerDelay: Partial<Record<Step, number>> = {};
  /** Milliseconds from the call to the step's effect. */
  effectDelay: Partial<Record<Step, number>> = {};
  /** How often a step's answer is lost, the effect done or not. */
  lost: Partial<Record<Step, { times: number; done: boolean }>> = {};

  constructor(private readonly clock: VirtualClock) {
    super();
  }

  count(step: Step): number {
    return this.steps.filter((each) => each.step === step).length;
  }

  /** Stores a token as another replica would. */
  publishElsewhere(text: string, lifeSeconds = 3_600): void {
    this.store({ text, lifeSeconds, serveSeconds: lifeSeconds - 30 });
  }

  read(_roomId: string): Promise<RoomState> {
    return this.take('read', () => this.state());
  }

  acquire(roomId: string): Promise<Lease | undefined> {
    return this.take('acquire', () => {
      const { serveUntil, leaseUntil, retryAt } = this.row;
      if (Math.max(serveUntil, leaseUntil, retryAt) > this.clock.now()) return undefined;
      this.row.fence += 1;
      this.row.leaseUntil = this.clock.now() + LEASE_MS;
      return { roomId, fence: String(this.row.fence), generation: this.row.generation };
    });
  }

  publish(lease: Lease, token: Publication): Promise<number | undefined> {
    return this.take('publish', () => {
      if (!this.holds(lease)) return undefined;
      this.store(token);
      return this.row.generation;
    });
  }

  hasPublished(lease: Lease, text: string): Promise<boolean | 'still leased'> {
    return this.take('hasPublished', () =>
      this.holds(lease)
        ? 'still leased'
        : this.row.generation === lease.generation + 1 && this.row.text === text,
    );
  }

  fail(lease: Lease, retryAfterSeconds: number): Promise<void> {
    this.retryAfters.push(retryAfterSeconds);
    return this.take('fail', () => {
      if (this.endTerm(lease))
        this.row.retryAt = this.clock.now() + Math.max(250, retryAfterSeconds * 1_000);
    });
  }

  release(lease: Lease): Promise<void> {
    return this.take('release', () => void this.endTerm(lease));
  }

  private state(): RoomState {
    const { row } = this;
    const now = this.clock.now();
    if (this.kind === 'gone') return { kind: 'gone' };
    if (this.kind === 'unreadable') return { kind: 'unreadable', generation: row.generation };
    if (row.serveUntil > now) return { kind: 'live', token: this.token() };
    const coolingSeconds = Math.max(0, row.retryAt - now) / 1_000;
    return { kind: 'cold', leased: row.leaseUntil > now, coolingSeconds };
  }

  private token(): StoredToken {
    const { text = '', generation, serveUntil, expiresAt } = this.row;
    const at = { serveUntil: new Date(serveUntil), expiresAt: new Date(expiresAt) };
    return { text, generation, fingerprint: `of ${text}`, ...at };
  }

  private store({ text, lifeSeconds, serveSeconds }: Publication): void {
    const now = this.clock.now();
    this.published.push(text);
    Object.assign(this.row, {
      text,
      generation: this.row.generation + 1,
      serveUntil: now + serveSeconds * 1_000,
      expiresAt: now + lifeSeconds * 1_000,
      fence: this.row.fence + 1,
      leaseUntil: 0,
      retryAt: 0,
    });
  }

  private holds({ fence }: Lease): boolean {
    return String(this.row.fence) === fence;
  }

  private endTerm(lease: Lease): boolean {
    if (!this.holds(lease)) return false;
    this.row.fence += 1;
    this.row.leaseUntil = 0;
    return true;
  }

  private async take<Result>(step: Step, effect: () => Result): Promise<Result> {
    this.steps.push({ step, at: this.clock.now() });
    const { [step]: before = 0 } = this.effectDelay;
    if (before > 0) await this.clock.sleep(before);
    const loss = this.lost[step];
    const isLost = loss !== undefined && loss.times > 0;
    if (isLost) loss.times -= 1;
    const result = isLost && !loss.done ? undefined : effect();
    const { [step]: after = 0 } = this.answerDelay;
    if (after > 0) await this.clock.sleep(after);
    if (isLost) throw new Error('the connection was lost');
    return result as Result;
  }
}
