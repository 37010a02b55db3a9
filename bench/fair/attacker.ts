import { setPriority } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { ATTACKS } from './attacks.js';
import { AttackClient } from './attack-client.js';

// The process of an attacker, separate so that its CPU time does not delay the measuring clock. One
// order, one attack.

export interface Order {
  readonly name: string;
  readonly url: string;
  readonly databaseUrl: string;
  readonly seconds: number;
  readonly target: object;
}

export type Tally = Readonly<Record<string, number>>;

/** Time for the attack to finish its last requests. */
const GRACE_MS = 500;

/** Lower than the measuring process, because a real attacker has a different machine. */
const PRIORITY = 5;

setPriority(PRIORITY);
process.once('disconnect', () => process.exit());
process.once('message', (order: Order) => {
  const { name, url, databaseUrl, seconds, target } = order;
  const found = ATTACKS.find((attack) => attack.name === name);
  const client = new AttackClient(url, databaseUrl, seconds);
  const over = sleep(client.millisecondsLeft).then(() => client.end());
  const done = found?.run(target, client).catch((error: unknown) => {
    process.stderr.write(`${name}: ${String(error)}\n`);
    client.count('broken');
  });
  void Promise.all([over, Promise.race([done, over.then(() => sleep(GRACE_MS))])]).then(() =>
    process.send?.(client.tally, () => process.exit()),
  );
});
