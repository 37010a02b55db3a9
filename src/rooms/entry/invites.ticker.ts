import { Injectable } from '@nestjs/common';
import { Ticking } from '../../platform/tasks/ticking.js';
import { Config } from '../../platform/config/config.js';
import { InvitesRepository } from './invites.repository.js';

/** Removes invites that ended long enough ago. */
@Injectable()
export class InvitesTicker extends Ticking {
  constructor(invites: InvitesRepository, config: Config) {
    super('purge invites', 60_000, () => invites.purge(config.PERSONAL_DATA_TTL));
  }
}
