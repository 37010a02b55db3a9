import { setPriority } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { ATTACKS } from './attacks.js';
import { AttackClient } from './attack-client.js';

// The process of an attacker: its CPU is not the clock's of those who wait. One order, one attack.

export interface Order {
  readonly name: string;
  readonly url: string;
  readonly databaseUrl: string;
  readonly seconds: number;
  readonly target: object;
}

export type Tally = Readonly<Record<string, number>>;

/** For what the attack itself has to end. */
const GRACE_MS = 500;

/** Below those who wait: the machine of an attacker is another one. */
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
