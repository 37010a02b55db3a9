import { FairQueue } from '../../platform/tasks/fair-queue.js';
import { TooManyJoinsWait } from './join.problems.js';

const PER_USER = { places: Infinity, perKey: 8, waitingPerKey: 1_000, patienceMs: 2_000 };

/** Limits waiting joins by user: each may cost a call to CAS, and delay the rooms of others. */
export function tokenWaitsByUser(): FairQueue {
  return new FairQueue(PER_USER, () => new TooManyJoinsWait());
}
