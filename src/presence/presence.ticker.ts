import { Injectable } from '@nestjs/common';
import { Ticking } from '../common/ticking.js';
import { PresenceService } from './presence.service.js';

/** Removes the seats that ran out. */
@Injectable()
export class PresenceTicker extends Ticking {
  constructor(presence: PresenceService) {
    super('sweep seats', 5_000, () => presence.sweep());
  }
}
