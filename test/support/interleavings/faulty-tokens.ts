import { RoomTokens } from '../../../src/tokens/protocol/room-tokens.js';
import type { StoredToken } from '../../../src/tokens/protocol/token-store.js';

/** Caches the token in the process, and never reads it again. */
export class CachingTokens extends RoomTokens {
  private cached: StoredToken | undefined;

  override async awaitLive(roomId: string): Promise<StoredToken> {
    this.cached ??= await super.awaitLive(roomId);
    return this.cached;
  }
}

/** A request that arrives during a read shares its answer, although the read began earlier. */
export class JoiningTokens extends RoomTokens {
  private running: Promise<StoredToken> | undefined;

  override awaitLive(roomId: string): Promise<StoredToken> {
    this.running ??= super.awaitLive(roomId).finally(() => (this.running = undefined));
    return this.running;
  }
}

/** Waits without a deadline. */
export class PatientTokens extends RoomTokens {
  override awaitLive(roomId: string): Promise<StoredToken> {
    return super.awaitLive(roomId, 60_000);
  }
}

/** Refuses everybody after one failure, although another replica may have a token. */
export class SulkingTokens extends RoomTokens {
  private failure: unknown;

  override async awaitLive(roomId: string): Promise<StoredToken> {
    if (this.failure) throw this.failure;
    try {
      return await super.awaitLive(roomId);
    } catch (error) {
      this.failure = error;
      throw error;
    }
  }
}
