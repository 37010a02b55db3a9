import { Injectable } from '@nestjs/common';
import { Ticking } from '../../platform/tasks/ticking.js';
import { SeatSweepRepository } from './seat-sweep.repository.js';

/** Ends seats that nobody holds any more, and late seats of people whose right has ended. */
@Injectable()
export class SeatSweepTicker extends Ticking {
  constructor(seats: SeatSweepRepository) {
    super('sweep seats', 2_500, () => seats.sweep());
  }
}
