import { Injectable } from '@nestjs/common';
import { Ticking } from '../../platform/tasks/ticking.js';
import { SignInMarksRepository } from './sign-in-marks.repository.js';

/** Removes the marks of sign-ins that are too old to be given again. */
@Injectable()
export class SignInMarksTicker extends Ticking {
  constructor(marks: SignInMarksRepository) {
    super('purge sign-in marks', 60_000, () => marks.purge());
  }
}
