import type {
  Lease,
  Publication,
  Rekey,
  RoomState,
} from '../../../src/tokens/protocol/token-store.js';
import { ScheduledStore } from './scheduled-store.js';

/** Checks whether the room is cold and then takes the lease, in two statements. */
export class CheckThenWriteStore extends ScheduledStore {
  override async acquire(roomId: string, rekey?: Rekey): Promise<Lease | undefined> {
    if (rekey) return super.acquire(roomId, rekey);
    const { row, recorder } = this.world;
    const state = await this.take('look', () => row.read());
    if (state.kind !== 'cold' || state.leased || state.coolingSeconds > 0) return undefined;
    return this.take('acquire', () => recorder.acquires(row, () => row.grant(roomId)));
  }
}

/** Serves a token from memory as soon as it is sent to the database, whether it is stored or not. */
export class EagerStore extends ScheduledStore {
  private served: RoomState | undefined;

  override async read(roomId: string): Promise<RoomState> {
    const state = await super.read(roomId);
    return state.kind === 'cold' && this.served ? this.served : state;
  }

  override publish(lease: Lease, token: Publication): Promise<number | undefined> {
    const { text, serveSeconds } = token;
    const serveUntil = new Date(this.world.time.now() + serveSeconds * 1_000);
    const generation = lease.generation + 1;
    const seen = { text, generation, fingerprint: `of ${text}`, serveUntil, expiresAt: serveUntil };
    this.served = { kind: 'live', token: seen, coolingSeconds: 0, pausedSeconds: 0 };
    return super.publish(lease, token);
  }
}
