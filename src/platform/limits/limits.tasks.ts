import { Injectable } from '@nestjs/common';
import { Every } from '../tasks/every.decorator.js';
import { inTurn, type Progress } from '../tasks/progress.js';
import { GuessesRepository } from './guesses.repository.js';
import { QuotasRepository } from './quotas.repository.js';

@Injectable()
/** Deletes expired counts of limits. */
export class LimitsTasks {
  constructor(
    private readonly guesses: GuessesRepository,
    private readonly quotas: QuotasRepository,
  ) {}

  /** Deletes counts that no longer limit anything. */
  @Every('60 s', 'sweep rate limits')
  sweep(): Promise<Progress> {
    return inTurn(
      () => this.guesses.sweep(),
      () => this.quotas.sweep(),
    );
  }
}
