import { Injectable } from '@nestjs/common';
import { Ticking } from '../../platform/tasks/ticking.js';
import { Config } from '../../platform/config/config.js';
import { EndedSessionsRepository } from './ended-sessions.repository.js';

/** Removes sessions that have been over long enough. */
@Injectable()
export class EndedSessionsTicker extends Ticking {
  constructor(sessions: EndedSessionsRepository, config: Config) {
    super('purge sessions', 60_000, () => sessions.purge(config.PERSONAL_DATA_TTL));
  }
}
