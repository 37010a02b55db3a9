import { Injectable } from '@nestjs/common';
import { Ticking } from '../common/ticking.js';
import { Audience } from './audience.js';
import { Headcount } from './headcount.js';
import { News } from './news.js';
import { Rights } from './rights.js';

/** Tells new events, five times a second and more. */
@Injectable()
export class NewsTicker extends Ticking {
  constructor(news: News, rights: Rights) {
    super('tell events', 160, async () => {
      const doubtful = [...(await news.tell())];
      await rights.check(doubtful.flatMap(({ listeners }) => [...listeners]));
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
    super('look after listeners', 650, async () => {
      await rights.check(audience.listeners);
      await rights.touchSeats(audience.listeners);
      await headcount.tell();
      audience.renew();
    });
  }
}

/** Shows that the streams are alive, every 15 s at least. */
@Injectable()
export class AliveTicker extends Ticking {
  constructor(audience: Audience) {
    super('keep feeds alive', 11_500, async () => {
      for (const listener of audience.listeners) listener.keepAlive();
    });
  }
}
