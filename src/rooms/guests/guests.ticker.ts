import { Injectable } from '@nestjs/common';
import { Ticking } from '../../platform/tasks/ticking.js';
import { Config } from '../../platform/config/config.js';
import { GuestsRepository } from './guests.repository.js';

/** Deletes guests who have been gone long enough. */
@Injectable()
export class GuestsTicker extends Ticking {
  constructor(guests: GuestsRepository, config: Config) {
    super('purge guests', 60_000, () => guests.purge(config.PERSONAL_DATA_TTL));
  }
}
