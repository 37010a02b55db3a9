import { Injectable } from '@nestjs/common';
import { inTurn } from '../../platform/tasks/progress.js';
import { Ticking } from '../../platform/tasks/ticking.js';
import { Config } from '../../platform/config/config.js';
import { DeletedRoomsRepository } from './deleted-rooms.repository.js';
import { GenerationsRepository } from './generations.repository.js';
import { HoldersRepository } from './holders.repository.js';

/** Forgets what was kept for as long as personal data is. */
@Injectable()
export class HistoryTicker extends Ticking {
  constructor(
    holders: HoldersRepository,
    generations: GenerationsRepository,
    rooms: DeletedRoomsRepository,
    { PERSONAL_DATA_TTL }: Config,
  ) {
    super('purge history', 60_000, () =>
      inTurn(
        () => holders.purge(PERSONAL_DATA_TTL),
        () => generations.purge(PERSONAL_DATA_TTL),
        () => rooms.purge(PERSONAL_DATA_TTL),
      ),
    );
  }
}
