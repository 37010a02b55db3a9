import {
  type Lease,
  type Publication,
  type Rekey,
  type RoomState,
  TokenStore,
} from '../../src/tokens/protocol/token-store.js';
import { MemoryRow } from './memory-row.js';
import type { VirtualClock } from './virtual-clock.js';

type Step = 'read' | 'acquire' | 'publish' | 'hasPublished' | 'fail' | 'release';

/** The store in memory, by the virtual clock; every step can be slow, or its answer can be lost. */
export class MemoryTokenStore extends TokenStore {
  readonly row: MemoryRow;
  readonly published: string[] = [];
  readonly steps: { readonly step: Step; readonly at: number }[] = [];
  readonly retryAfters: number[] = [];
  kind: 'there' | 'gone' | 'unreadable' = 'there';
  /** Milliseconds from a step's effect to its answer. */
  answerDelay: Partial<Record<Step, number>> = {};
  /** Milliseconds from the call to the step's effect. */
  effectDelay: Partial<Record<Step, number>> = {};
  /** How often a step's answer is lost, with or without its effect. */
  lost: Partial<Record<Step, { times: number; done: boolean }>> = {};

  constructor(private readonly clock: VirtualClock) {
    super();
    this.row = new MemoryRow(() => clock.now());
  }

  count(step: Step): number {
    return this.steps.filter((each) => each.step === step).length;
  }

  /** Stores a token as another replica would. */
  publishElsewhere(text: string, lifeSeconds = 3_600): void {
    this.row.store({ text, lifeSeconds, serveSeconds: lifeSeconds - 30 });
    this.published.push(text);
  }

  read(_roomId: string): Promise<RoomState> {
    return this.take('read', () => this.state());
  }

  acquire(roomId: string, rekey?: Rekey): Promise<Lease | undefined> {
    return this.take('acquire', () =>
      rekey ? this.row.acquireForRekey(roomId, rekey) : this.row.acquire(roomId),
    );
  }

  publish(lease: Lease, token: Publication): Promise<number | undefined> {
    return this.take('publish', () => {
      const generation = this.row.publish(lease, token);
      if (generation !== undefined) this.published.push(token.text);
      return generation;
    });
  }

  hasPublished(lease: Lease, text: string): Promise<boolean | 'still leased'> {
    return this.take('hasPublished', () => this.row.hasPublished(lease, text));
  }

  fail(lease: Lease, retryAfterSeconds: number): Promise<void> {
    this.retryAfters.push(retryAfterSeconds);
    return this.take('fail', () => void this.row.fail(lease, retryAfterSeconds));
  }

  release(lease: Lease): Promise<void> {
    return this.take('release', () => void this.row.release(lease));
  }

  private state(): RoomState {
    const { kind, row } = this;
    if (kind === 'gone') return { kind };
    if (kind === 'unreadable') return { kind, generation: row.generation, ...row.wait() };
    return row.read();
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
