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

  /** Dispatches new events, five times a second and more. */
  @Every('160 ms', 'dispatch events')
  async dispatchEvents(): Promise<void> {
    await this.rights.check([...(await this.dispatcher.dispatch())]);
  }

  /**
   * Looks after the listeners, so often that a lost right ends a feed within a second. Streams are
   * renewed last: while the database is silent nobody is sent away who could not come again.
   */
  @Every('650 ms', 'look after listeners')
  lookAfterListeners(): Promise<Progress> {
    const { registry, rights, counts } = this;
    return inTurn(
      () => rights.check(registry.listeners),
      () => rights.touchSeats(registry.listeners),
      () => counts.send(),
      () => registry.renew(),
    );
  }
}
