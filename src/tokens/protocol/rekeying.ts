import { NoSuchRoom } from '../../platform/http/problems.js';
import type { Clock } from './clock.js';
import type { Minter } from './minter.js';
import { PATIENCE_MS } from './room-watch.js';
import type { Rekey, RekeyWait, RoomState, TokenStore } from './token-store.js';
import {
  CasUnavailable,
  GenerationChanged,
  NoLiveToken,
  RekeyPaused,
  NoNewToken,
} from './tokens.problems.js';

const POLL_LEAST_MS = 40;
const POLL_MOST_MS = 120;

/** Maximum milliseconds between reads of a room that is cooling down. */
const COOLING_POLL_MS = 1_000;

/** Seconds; an early retry waits, within its patience, until CAS may be called again. */
const RETRY_AFTER = 5;

/**
 * Ends generations early. The current generation is served until the new one is published; it
 * remains if there is no new token. Only the current generation can be ended: a double click moves
 * people once.
 */
export class Rekeying {
  private readonly running = new Map<string, Promise<number>>();

  constructor(
    private readonly store: TokenStore,
    private readonly minter: Minter,
    private readonly clock: Clock,
  ) {}

  /** Returns the generation that a re-key would end. @throws {NoLiveToken} */
  async presentGeneration(roomId: string): Promise<number> {
    return presentOf(await this.store.read(roomId)).generation;
  }

  /**
   * Ends the named generation, and returns the new one; gives up after 10 s.
   * @throws {GenerationChanged | NoLiveToken | RekeyPaused | CasUnavailable}
   */
  rekey(roomId: string, rekey: Rekey): Promise<number> {
    const key = `${roomId}/${rekey.generation}`;
    const leader = this.running.get(key);
    if (leader) return this.withPatience(leader.then(changed));
    const run = this.run(roomId, rekey).finally(() => this.running.delete(key));
    this.running.set(key, run);
    return this.withPatience(run);
  }

  private async run(roomId: string, rekey: Rekey): Promise<number> {
    const until = this.clock.now() + PATIENCE_MS;
    while (this.clock.now() < until && !this.minter.isShutDown) {
      const present = presentOf(await this.store.read(roomId));
      if (present.generation !== rekey.generation) return changed();
      if (present.pausedSeconds > 0) throw new RekeyPaused(present.pausedSeconds);
      if (present.coolingSeconds > 0) {
        await this.coolDown(present.coolingSeconds, until);
        continue;
      }
      const outcome = await this.minter.rekey(roomId, rekey, () => this.clock.now() < until);
      if (outcome === 'published') return rekey.generation + 1;
      if (outcome === 'failed' || outcome === 'released') break;
      // Another request or replica has the lease, or had it.
      await this.clock.sleep(POLL_LEAST_MS + this.clock.random() * (POLL_MOST_MS - POLL_LEAST_MS));
    }
    throw unavailable(
      'CAS returns no new token, and the current token stays valid: try again after retryAfter seconds.',
    );
  }

  /** Waits for a part of the cool-down, so that a loop of re-keys is bounded. */
  private async coolDown(coolingSeconds: number, until: number): Promise<void> {
    const coolingMs = coolingSeconds * 1_000;
    if (this.clock.now() + coolingMs > until)
      throw new NoNewToken({
        retryAfter: coolingSeconds,
      });
    await this.clock.sleep(Math.max(1, Math.min(coolingMs, COOLING_POLL_MS)));
  }

  /** Ends the wait after the patience; the mint continues. */
  private async withPatience(work: Promise<number>): Promise<number> {
    const settled = new AbortController();
    const late = this.clock.sleep(PATIENCE_MS, settled.signal).then(() => {
      throw unavailable(
        'No new token was obtained in time: read the room to see its generation, and try again.',
      );
    });
    try {
      return await Promise.race([work, late]);
    } finally {
      settled.abort();
    }
  }
}

/** Returns the generation even if its token is unreadable, because ending it repairs the room. */
function presentOf(state: RoomState): RekeyWait & { readonly generation: number } {
  switch (state.kind) {
    case 'live':
      return { ...state, generation: state.token.generation };
    case 'unreadable':
      return state;
    case 'gone':
      throw new NoSuchRoom();
    case 'cold':
      throw new NoLiveToken();
  }
}

function changed(): never {
  throw new GenerationChanged();
}

function unavailable(detail: string): CasUnavailable {
  return new CasUnavailable(detail, { retryAfter: RETRY_AFTER });
}
