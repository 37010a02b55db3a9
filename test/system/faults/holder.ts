import type { Launch, Replica } from '../../support/cluster.js';
import type { Order, Point, Reached } from './server/pauses.js';

/** A test server whose mints can be held up. */
export const holderLaunch: Launch = {
  program: ['dist-faults/test/system/faults/server/main.js'],
  withChannel: true,
};

/** A replica that takes orders, and reports mints that have stopped at a held point. */
export class Holder {
  private readonly reached = new Map<Point, number>();

  constructor(readonly replica: Replica) {
    replica.process.on('message', ({ reached }: Reached) => {
      this.reached.set(reached, this.standingAt(reached) + 1);
    });
  }

  /** How many mints have reached this point after it was held. */
  standingAt(point: Point): number {
    return this.reached.get(point) ?? 0;
  }

  hold(point: Point): void {
    this.reached.delete(point);
    this.order({ hold: point });
  }

  release(point: Point): void {
    this.order({ release: point });
  }

  setFence(fence: 'on' | 'off'): void {
    this.order({ fence });
  }

  private order(order: Order): void {
    if (this.replica.process.connected) this.replica.process.send(order);
  }
}
