import {
  type Lease,
  type Publication,
  type Rekey,
  type RoomState,
  TokenStore,
} from '../../../src/tokens/protocol/token-store.js';
import type { Process } from './process.js';
import type { World } from './world.js';

/** The database client answers within this time, or times out. */
export const ANSWER_MS = 3_000;
/** At least so many turns of others pass before a slow answer. */
const SLOW_TURNS = 20;
/** A statement that timed out takes effect within this time, or never. */
const LATE_MS = 12_000;

/** The store of one replica; the scheduler decides when a statement arrives and is answered. */
export class ScheduledStore extends TokenStore {
  constructor(
    protected readonly world: World,
    protected readonly process: Process,
  ) {
    super();
  }

  read(_roomId: string): Promise<RoomState> {
    return this.take('read', () => this.world.row.read());
  }

  acquire(roomId: string, rekey?: Rekey): Promise<Lease | undefined> {
    const { row, recorder } = this.world;
    const acquire = () => (rekey ? row.acquireForRekey(roomId, rekey) : row.acquire(roomId));
    return this.take('acquire', () => recorder.acquires(row, acquire));
  }

  publish(lease: Lease, token: Publication): Promise<number | undefined> {
    const { row, recorder } = this.world;
    recorder.publishBegins(token.text);
    return this.take('publish', () => {
      const generation = row.publish(lease, token);
      if (generation !== undefined) recorder.published(this.process.name, row, lease);
      return generation;
    });
  }

  hasPublished(lease: Lease, text: string): Promise<boolean | 'still leased'> {
    return this.take('hasPublished', () => this.world.row.hasPublished(lease, text));
  }

  fail(lease: Lease, retryAfterSeconds: number): Promise<void> {
    const { row, recorder } = this.world;
    const end = () => row.fail(lease, retryAfterSeconds);
    return this.take('fail', () => recorder.ends('failed', row, lease, end));
  }

  release(lease: Lease): Promise<void> {
    const { row, recorder } = this.world;
    const end = () => row.release(lease);
    return this.take('release', () => recorder.ends('released', row, lease, end));
  }

  protected async take<Result>(step: string, effect: () => Result): Promise<Result> {
    const { world, process } = this;
    await process.awake();
    const fate = step === 'read' ? world.nextRead() : world.nextWrite();
    const settled = world.time.expect(ANSWER_MS);
    try {
      if (fate === 'late') void this.takeLate(step, effect);
      else await world.moment(`${process.name}: ${step} arrives`);
      const result = fate === 'not done' || fate === 'late' ? undefined : effect();
      for (let turn = 0; fate === 'slow' && turn < SLOW_TURNS; turn += 1)
        await world.moment('others go first');
      await world.moment(`${process.name}: ${step} is answered`);
      if (fate === 'fine' || fate === 'slow') return result as Result;
      throw new Error('the connection was lost');
    } finally {
      settled();
      await process.awake();
    }
  }

  private async takeLate(step: string, effect: () => unknown): Promise<void> {
    const settled = this.world.time.expect(LATE_MS);
    await this.world.moment(`${this.process.name}: ${step} arrives late`);
    effect();
    settled();
  }
}
