import { Injectable } from '@nestjs/common';
import { Ticking } from '../tasks/ticking.js';
import { IdempotencyService } from './idempotency.service.js';

/** Removes the marks of requests that are older than a day. */
@Injectable()
export class IdempotencyTicker extends Ticking {
  constructor(keys: IdempotencyService) {
    super('sweep idempotency keys', 60_000, () => keys.sweep());
  }
}
