import { Injectable } from '@nestjs/common';
import { Ticking } from '../common/ticking.js';
import { Config } from '../config/config.js';
import { DeletedRoomsRepository } from './deleted-rooms.repository.js';
import { HoldersRepository } from './holders.repository.js';

/** Forgets what was kept for as long as personal data is. */
@Injectable()
export class HistoryTicker extends Ticking {
  constructor(holders: HoldersRepository, rooms: DeletedRoomsRepository, config: Config) {
    super('purge history', 60_000, async () => {
      await holders.purge(config.PERSONAL_DATA_TTL);
      await rooms.purge(config.PERSONAL_DATA_TTL);
    });
  }
}
