import { Injectable } from '@nestjs/common';
import { Every } from '../tasks/every.decorator.js';
import { inTurn, type Progress } from '../tasks/progress.js';
import { GuessesRepository } from './guesses.repository.js';
import { QuotasRepository } from './quotas.repository.js';

@Injectable()
export class LimitsTasks {
  constructor(
    private readonly guesses: GuessesRepository,
    private readonly quotas: QuotasRepository,
  ) {}

  @Every('60 s', 'sweep rate limits')
  sweep(): Promise<Progress> {
    return inTurn(
      () => this.guesses.sweep(),
      () => this.quotas.sweep(),
    );
  }
}
