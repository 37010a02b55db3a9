import type { Clock } from './clock.js';
import type { Minter } from './minter.js';
import { RoomWatch } from './room-watch.js';
import type { StoredToken, TokenStore } from './token-store.js';

const SHUTDOWN_PATIENCE_MS = 3_000;

/** The protocol: one token per room and generation, for everybody, over every replica. */
export class RoomTokens {
  private shuttingDown = false;
  /** How many requests wait for a token on this replica. */
  waiting = 0;
  private readonly watches = new Map<string, RoomWatch>();

  constructor(
    private readonly store: TokenStore,
    private readonly minter: Minter,
    private readonly clock: Clock,
  ) {}

  /** The room's live token, minted if there is none. One poll loop per room, whoever many wait. */
  awaitLive(roomId: string, patienceMs?: number, hasLeft?: () => boolean): Promise<StoredToken> {
    let watch = this.watches.get(roomId);
    if (!watch) {
      watch = new RoomWatch(roomId, this.store, this.minter, this.clock, () =>
        this.watches.delete(roomId),
      );
      this.watches.set(roomId, watch);
      if (this.shuttingDown) watch.hurry(SHUTDOWN_PATIENCE_MS);
    }
    this.waiting += 1;
    return watch.wait(patienceMs, hasLeft).finally(() => (this.waiting -= 1));
  }

  /** Mints no more, gives up the leases, and has those who wait see what other replicas do. */
  shutDown(): void {
    this.shuttingDown = true;
    this.minter.shutDown();
    for (const watch of this.watches.values()) watch.hurry(SHUTDOWN_PATIENCE_MS);
  }
}
