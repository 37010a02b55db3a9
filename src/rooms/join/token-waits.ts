import { FairQueue } from '../../platform/tasks/fair-queue.js';
import { TooManyJoinsWait } from './join.problems.js';

const PER_USER = { places: Infinity, perKey: 8, waitingPerKey: 1_000, patienceMs: 2_000 };

/**
 * Joins that wait for tokens, by user. Each may be of another room, and so cost a call of CAS, for
 * which the rooms of others would wait.
 */
export function tokenWaitsByUser(): FairQueue {
  return new FairQueue(PER_USER, () => new TooManyJoinsWait());
}
