import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { inTurn } from '../../platform/tasks/progress.js';
import { Ticking } from '../../platform/tasks/ticking.js';
import { ListenerRegistry } from './listener-registry.js';
import { ParticipantCounts } from './participant-counts.js';
import { EventDispatcher } from './event-dispatcher.js';
import { Rights } from './rights.js';

/** Streams that are written to in one turn of the event loop: some 5 ms. */
const STREAMS_OF_TURN = 200;

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

/** Shows that the streams are alive, every 15 s at least. */
@Injectable()
export class AliveTicker extends Ticking {
  constructor(registry: ListenerRegistry) {
    super('keep feeds alive', 11_500, async () => {
      let written = 0;
      for (const listener of registry.listeners) {
        listener.keepAlive();
        written += 1;
        // Requests are answered in between: 20,000 streams take half a second.
        if (written % STREAMS_OF_TURN === 0) await nextTurn();
      }
    });
  }
}
