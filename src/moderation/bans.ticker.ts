import { Injectable } from '@nestjs/common';
import { Ticking } from '../common/ticking.js';
import { BansRepository } from './bans.repository.js';

/** Ends the seats that were taken while their people were banned, and forgets bans that ended. */
@Injectable()
export class BansTicker extends Ticking {
  constructor(bans: BansRepository) {
    super('enforce bans', 5_000, async () => {
      await bans.endLateSeats();
      await bans.removeEnded();
    });
  }
}
