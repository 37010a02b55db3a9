import { RoomTokens } from '../../../src/tokens/protocol/room-tokens.js';
import type { StoredToken } from '../../../src/tokens/protocol/token-store.js';

/** Remembers the token in the process, and asks no more. */
export class CachingTokens extends RoomTokens {
  private cached: StoredToken | undefined;

  override async awaitLive(roomId: string): Promise<StoredToken> {
    this.cached ??= await super.awaitLive(roomId);
    return this.cached;
  }
}

/** Who comes while somebody is being served gets the same answer, of a read that began before. */
export class JoiningTokens extends RoomTokens {
  private running: Promise<StoredToken> | undefined;

  override awaitLive(roomId: string): Promise<StoredToken> {
    this.running ??= super.awaitLive(roomId).finally(() => (this.running = undefined));
    return this.running;
  }
}

/** Waits for as long as it takes. */
export class PatientTokens extends RoomTokens {
  override awaitLive(roomId: string): Promise<StoredToken> {
    return super.awaitLive(roomId, 60_000);
  }
}

/** After one failure it refuses everybody, though another replica has found a token. */
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
