import { FairQueue } from '../../platform/tasks/fair-queue.js';
import { TooManyJoinsWait } from './join.problems.js';

const PER_USER = { places: Infinity, perKey: 8, waitingPerKey: 1_000, patienceMs: 2_000 };

/**
 * Limits joins that wait for tokens, by user. Each join may concern a different room, and therefore
 * cost a call to CAS, for which the rooms of others would wait.
 */
export function tokenWaitsByUser(): FairQueue {
  return new FairQueue(PER_USER, () => new TooManyJoinsWait());
}
