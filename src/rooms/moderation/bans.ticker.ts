import { Injectable } from '@nestjs/common';
import { Ticking } from '../../platform/tasks/ticking.js';
import { BansRepository } from './bans.repository.js';

/** Forgets bans that have ended. */
@Injectable()
export class BansTicker extends Ticking {
  constructor(bans: BansRepository) {
    super('purge bans', 60_000, () => bans.removeEnded());
  }
}
