import { Injectable } from '@nestjs/common';
import { Ticking } from '../../platform/tasks/ticking.js';
import { PremintService } from './premint.service.js';

/** Looks for scheduled rooms that open soon. */
@Injectable()
export class PremintTicker extends Ticking {
  constructor(premint: PremintService) {
    super('mint ahead', 1_000, () => premint.mintDue());
  }
}
