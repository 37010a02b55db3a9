import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { inTurn } from '../../platform/tasks/progress.js';
import { Ticking } from '../../platform/tasks/ticking.js';
import { Audience } from './audience.js';
import { Headcount } from './headcount.js';
import { News } from './news.js';
import { Rights } from './rights.js';

/** Streams that are written to in one turn of the event loop: some 5 ms. */
const STREAMS_OF_TURN = 200;

/** Tells new events, five times a second and more. */
@Injectable()
export class NewsTicker extends Ticking {
  constructor(news: News, rights: Rights) {
    super('tell events', 160, async () => {
      await rights.check([...(await news.tell())]);
    });
  }
}

/**
 * Looks after the listeners, so often that a lost right ends a feed within a second. Streams are
 * renewed last: while the database is silent nobody is sent away who could not come again.
 */
@Injectable()
export class AudienceTicker extends Ticking {
  constructor(audience: Audience, rights: Rights, headcount: Headcount) {
    super('look after listeners', 650, () =>
      inTurn(
        () => rights.check(audience.listeners),
        () => rights.touchSeats(audience.listeners),
        () => headcount.tell(),
        () => audience.renew(),
      ),
    );
  }
}

/** Shows that the streams are alive, every 15 s at least. */
@Injectable()
export class AliveTicker extends Ticking {
  constructor(audience: Audience) {
    super('keep feeds alive', 11_500, async () => {
      let written = 0;
      for (const listener of audience.listeners) {
        listener.keepAlive();
        written += 1;
        // Requests are answered in between: 20,000 streams take half a second.
        if (written % STREAMS_OF_TURN === 0) await nextTurn();
      }
    });
  }
}
