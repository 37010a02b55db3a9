import { Injectable } from '@nestjs/common';
import { Every } from '../../platform/tasks/every.decorator.js';
import { inTurn, type Progress } from '../../platform/tasks/progress.js';
import { ListenerRegistry } from './listener-registry.js';
import { ParticipantCounts } from './participant-counts.js';
import { EventDispatcher } from './event-dispatcher.js';
import { Rights } from './rights.js';

@Injectable()
export class FeedTasks {
  constructor(
    private readonly registry: ListenerRegistry,
    private readonly dispatcher: EventDispatcher,
    private readonly rights: Rights,
    private readonly counts: ParticipantCounts,
  ) {}

  @Every('160 ms', 'dispatch events')
  async dispatchEvents(): Promise<void> {
    await this.rights.check([...(await this.dispatcher.dispatch())]);
  }

  /** Often enough to end a feed within a second of its right. */
  @Every('650 ms', 'look after listeners')
  lookAfterListeners(): Promise<Progress> {
    const { registry, rights, counts } = this;
    return inTurn(
      () => rights.check(registry.listeners),
      () => rights.touchSeats(registry.listeners),
      () => counts.send(),
      // Last: while the database is silent, no client is sent away that could not reconnect.
      () => registry.renew(),
    );
  }
}
