import { Injectable } from '@nestjs/common';
import { Ticking } from '../../platform/tasks/ticking.js';
import { ErasureService } from './erasure.service.js';

/** Goes on with erasures that were not finished at once, by whichever replica. */
@Injectable()
export class ErasureTicker extends Ticking {
  constructor(erasure: ErasureService) {
    super('erase users', 2_000, () => erasure.goOn());
  }
}
