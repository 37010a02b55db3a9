import fc, { type Scheduler } from 'fast-check';
import { Minter } from '../../../src/tokens/protocol/minter.js';
import { Rekeying } from '../../../src/tokens/protocol/rekeying.js';
import { RoomTokens } from '../../../src/tokens/protocol/room-tokens.js';
import type { StoredToken, TokenStore } from '../../../src/tokens/protocol/token-store.js';
import { CasUnavailable, GenerationChanged } from '../../../src/tokens/protocol/tokens.problems.js';
import type { Refusal, Seen } from '../history/history.js';
import { MemoryRow } from '../memory-row.js';
import { LIMITS, Notes, ROOM } from '../protocol.js';
import { cycle, type Mishap, type Plan } from './plan.js';
import { Process } from './process.js';
import { Recorder } from './recorder.js';
import { ScheduledSource } from './scheduled-source.js';
import { ScheduledStore } from './scheduled-store.js';
import { SimulatedTime } from './simulated-time.js';

/** The parts that a test may replace by faulty ones, to see that the checker notices. */
export interface Parts {
  readonly createRow: (now: () => number) => MemoryRow;
  readonly createStore: (world: World, process: Process) => TokenStore;
  readonly RoomTokens: typeof RoomTokens;
}

export const REAL: Parts = {
  createRow: (now) => new MemoryRow(now),
  createStore: (world, process) => new ScheduledStore(world, process),
  RoomTokens,
};

const SOMEBODY = { userId: 'a host', origin: { address: '', device: '', requestId: '' } };

interface Replica {
  readonly process: Process;
  readonly minter: Minter;
  readonly tokens: RoomTokens;
  readonly rekeying: Rekeying;
}

/** One run: replicas with the product's own protocol, over one row, in a random order. */
export class World {
  readonly time = new SimulatedTime();
  readonly recorder = new Recorder(this.time);
  readonly row: MemoryRow;
  readonly nextRead;
  readonly nextWrite;
  readonly nextCall;
  private readonly scheduler: Scheduler;
  private readonly replicas: Replica[];
  private sessions = 0;

  constructor(
    private readonly plan: Plan,
    private readonly parts: Parts,
  ) {
    this.scheduler = schedulerOf(plan.order);
    this.row = parts.createRow(() => this.time.now());
    this.nextRead = cycle(plan.reads);
    this.nextWrite = cycle(plan.writes);
    this.nextCall = cycle(plan.calls);
    this.replicas = Array.from({ length: plan.replicas }, (_, index) => this.start(index));
  }

  /** Waits for its turn. */
  moment(label: string): Promise<void> {
    return this.scheduler.schedule(Promise.resolve(), label);
  }

  nextSession(): number {
    this.sessions += 1;
    return this.sessions;
  }

  /** The events so far, in their order. */
  get schedule(): string[] {
    const happened = this.scheduler.report().filter(({ status }) => status !== 'pending');
    return happened.map(({ label }) => label);
  }

  async run(): Promise<void> {
    let over = false;
    const jump = cycle(this.plan.jumps);
    const passTime = () => {
      void this.scheduler
        .schedule(Promise.resolve(), 'time passes', undefined, async (run) => {
          await run();
          await this.time.advance(jump());
        })
        .then(() => over || passTime());
    };
    passTime();
    for (const mishap of this.plan.mishaps) void this.befall(mishap);
    const clients = this.plan.clients.map(async (visits) => {
      for (const { replica, afterMs } of visits) {
        if (afterMs > 0) await this.time.sleep(afterMs);
        await this.moment('a client comes');
        await this.join(replica);
      }
    });
    await this.scheduler.waitFor(Promise.all(clients));
    over = true;
  }

  private start(index: number): Replica {
    const process = new Process(`replica ${index}`, this.time, this.plan.jitter);
    const store = this.parts.createStore(this, process);
    const source = new ScheduledSource(this, process);
    const minter = new Minter(store, source, process.clock, LIMITS, new Notes());
    const tokens = new this.parts.RoomTokens(store, minter, process.clock);
    return { process, minter, tokens, rekeying: new Rekeying(store, minter, process.clock) };
  }

  private replica(index: number): Replica {
    const replica = this.replicas[index % this.replicas.length];
    if (!replica) throw new Error('there is no replica');
    if (!replica.process.isDead) return replica;
    return (this.replicas[index % this.replicas.length] = this.start(index % this.replicas.length));
  }

  private async join(index: number): Promise<void> {
    const { process, tokens } = this.replica(index);
    const startedAt = this.time.instant();
    const heldBefore = process.heldMs;
    const asked = process.awake().then(() => tokens.awaitLive(ROOM));
    const answer = await Promise.race([asked.then(seenOf, refusalOf), process.death]);
    const heldMs = process.heldMs - heldBefore;
    const endedAt = this.time.instant();
    this.recorder.joins.push({ replica: process.name, startedAt, endedAt, answer, heldMs });
  }

  /** Re-keys the current generation, if there is one; several re-keys may compete. */
  private async rekey(index: number): Promise<void> {
    const { process, rekeying } = this.replica(index);
    await process.awake();
    const named = await rekeying.presentGeneration(ROOM).catch(() => undefined);
    if (named === undefined) return;
    const startedAt = this.time.instant();
    const asked = rekeying.rekey(ROOM, { generation: named, reason: 'a leak', actor: SOMEBODY });
    const answer = await Promise.race([asked.catch(changedOf), process.death]);
    const endedAt = this.time.instant();
    this.recorder.rekeys.push({ replica: process.name, named, startedAt, endedAt, answer });
  }

  private async befall({ kind, replica: index, afterMs, stopMs }: Mishap): Promise<void> {
    await this.time.sleep(afterMs);
    await this.moment(`${kind} of replica ${index}`);
    const { process, minter, tokens } = this.replica(index);
    if (kind === 're-key') await Promise.all([this.rekey(index), this.rekey(index + 1)]);
    else if (kind === 'stop') process.stop(stopMs);
    else if (kind === 'crash') process.crash();
    else {
      await process.awake();
      if (kind === 'renew') minter.mint(ROOM, () => true).catch(() => undefined);
      else tokens.shutDown();
    }
  }
}

/** The scheduler has its own seed, because as an argument of a property it would differ in a replay. */
function schedulerOf(seed: number): Scheduler {
  const [scheduler] = fc.sample(fc.scheduler(), { seed, numRuns: 1 });
  if (!scheduler) throw new Error('there is no scheduler');
  return scheduler;
}

function seenOf({ text, generation, fingerprint, serveUntil }: StoredToken): Seen {
  return { generation, token: text, fingerprint, serveUntil: serveUntil.getTime() };
}

function changedOf(error: unknown): 'changed' | Refusal {
  return error instanceof GenerationChanged ? 'changed' : refusalOf(error);
}

function refusalOf(error: unknown): Refusal {
  return error instanceof CasUnavailable ? 'no token' : 'fault';
}
