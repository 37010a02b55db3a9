import { Injectable } from '@nestjs/common';
import { inTurn } from '../../platform/tasks/progress.js';
import { Ticking } from '../../platform/tasks/ticking.js';
import { KeepAlive, PARTS } from './keep-alive.js';
import { ListenerRegistry } from './listener-registry.js';
import { ParticipantCounts } from './participant-counts.js';
import { EventDispatcher } from './event-dispatcher.js';
import { Rights } from './rights.js';

/** Milliseconds in which every stream is written to once, so that 15 s never pass without a byte. */
const ALIVE_MS = 11_500;

/** Tells new events, five times a second and more. */
@Injectable()
export class NewsTicker extends Ticking {
  constructor(dispatcher: EventDispatcher, rights: Rights) {
    super('tell events', 160, async () => {
      await rights.check([...(await dispatcher.dispatch())]);
    });
  }
}

/**
 * Looks after the listeners, so often that a lost right ends a feed within a second. Streams are
 * renewed last: while the database is silent nobody is sent away who could not come again.
 */
@Injectable()
export class AudienceTicker extends Ticking {
  constructor(registry: ListenerRegistry, rights: Rights, counts: ParticipantCounts) {
    super('look after listeners', 650, () =>
      inTurn(
        () => rights.check(registry.listeners),
        () => rights.touchSeats(registry.listeners),
        () => counts.tell(),
        () => registry.renew(),
      ),
    );
  }
}

/** Shows that the streams are alive, each of them every 15 s at least. */
@Injectable()
export class AliveTicker extends Ticking {
  constructor(keepAlive: KeepAlive) {
    super('keep feeds alive', ALIVE_MS / PARTS, () => keepAlive.writeToNextPart());
  }
}
