import { Injectable } from '@nestjs/common';
import { Ticking } from '../platform/tasks/ticking.js';
import { TokensService } from './tokens.service.js';

/** Moves the rooms with people inside when their token ends; the lease decides which replica does. */
@Injectable()
export class TokensTicker extends Ticking {
  constructor(tokens: TokensService) {
    super('renew tokens', 400, () => tokens.renewDue());
  }
}
