import { Injectable } from '@nestjs/common';
import { Ticking } from '../../platform/tasks/ticking.js';
import { EvictionsService } from './evictions.service.js';

/** Carries out the re-keys that waited for the end of a pause. */
@Injectable()
export class EvictionsTicker extends Ticking {
  constructor(evictions: EvictionsService) {
    super('re-key after pauses', 500, () => evictions.carryOutDue());
  }
}
