import { type EndedMint, Minter, type MintObserver } from '../../src/tokens/protocol/minter.js';
import { Rekeying } from '../../src/tokens/protocol/rekeying.js';
import { RoomTokens } from '../../src/tokens/protocol/room-tokens.js';
import type { MintFailed } from '../../src/tokens/protocol/token-source.js';
import { MemoryTokenStore } from './memory-token-store.js';
import { ScriptedSource } from './scripted-source.js';
import { VirtualClock } from './virtual-clock.js';

export const LIMITS = { marginSeconds: 30, maxAgeSeconds: 900 };
export const ROOM = 'room';
/** Reports that the token is still wanted. */
export const wanted = () => true;

/** The reports of mints, as the log would receive them. */
export class Notes implements MintObserver {
  readonly failures: MintFailed[] = [];
  readonly unknownLives: string[] = [];
  readonly ends: EndedMint[] = [];

  successes = 0;

  succeeded(): void {
    this.successes += 1;
  }

  failed(_roomId: string, failure: MintFailed): void {
    this.failures.push(failure);
  }

  lifeUnknown(roomId: string): void {
    this.unknownLives.push(roomId);
  }

  ended(mint: EndedMint): void {
    this.ends.push(mint);
  }
}

/** The protocol's real code over a store, a source and a clock of the test. */
export interface Protocol {
  readonly clock: VirtualClock;
  readonly store: MemoryTokenStore;
  readonly source: ScriptedSource;
  readonly notes: Notes;
  readonly minter: Minter;
  readonly tokens: RoomTokens;
  readonly rekeying: Rekeying;
}

export function startProtocol(): Protocol {
  const clock = new VirtualClock();
  return startReplica(clock, new MemoryTokenStore(clock), new ScriptedSource(clock));
}

/** Starts another replica over the same store. */
export function startReplica(
  clock: VirtualClock,
  store: MemoryTokenStore,
  source: ScriptedSource,
): Protocol {
  const notes = new Notes();
  const minter = new Minter(store, source, clock, LIMITS, notes);
  const tokens = new RoomTokens(store, minter, clock);
  const rekeying = new Rekeying(store, minter, clock);
  return { clock, store, source, notes, minter, tokens, rekeying };
}

/** A promise and its result so far. */
export class Watched<Result> {
  value: Result | undefined;
  error: unknown;
  /** Virtual milliseconds. */
  settledAt: number | undefined;

  constructor(promise: Promise<Result>, clock: VirtualClock) {
    promise.then(
      (value) => {
        this.value = value;
        this.settledAt = clock.now();
      },
      (error: unknown) => {
        this.error = error;
        this.settledAt = clock.now();
      },
    );
  }
}
