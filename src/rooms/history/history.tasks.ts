import { Injectable } from '@nestjs/common';
import { Every } from '../../platform/tasks/every.decorator.js';
import { inTurn, type Progress } from '../../platform/tasks/progress.js';
import { Config } from '../../platform/config/config.js';
import { DeletedRoomsRepository } from './deleted-rooms.repository.js';
import { GenerationsRepository } from './generations.repository.js';
import { HoldersRepository } from './holders.repository.js';

@Injectable()
export class HistoryTasks {
  constructor(
    private readonly holders: HoldersRepository,
    private readonly generations: GenerationsRepository,
    private readonly rooms: DeletedRoomsRepository,
    private readonly config: Config,
  ) {}

  /** Deletes rows after their retention; rooms last, because their holders go first. */
  @Every('60 s', 'purge history')
  purge(): Promise<Progress> {
    const { PERSONAL_DATA_TTL } = this.config;
    return inTurn(
      () => this.holders.purge(PERSONAL_DATA_TTL),
      () => this.generations.purge(PERSONAL_DATA_TTL),
      () => this.rooms.purge(PERSONAL_DATA_TTL),
    );
  }
}
