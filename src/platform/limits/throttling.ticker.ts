import { Injectable } from '@nestjs/common';
import { inTurn } from '../tasks/progress.js';
import { Ticking } from '../tasks/ticking.js';
import { GuessesRepository } from './guesses.repository.js';
import { QuotasRepository } from './quotas.repository.js';

/** Removes the counts that say nothing any more. */
@Injectable()
export class ThrottlingTicker extends Ticking {
  constructor(guesses: GuessesRepository, quotas: QuotasRepository) {
    super('sweep rate limits', 60_000, () =>
      inTurn(
        () => guesses.sweep(),
        () => quotas.sweep(),
      ),
    );
  }
}
