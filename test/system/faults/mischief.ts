import { setTimeout as sleep } from 'node:timers/promises';
import type { Behaviour } from '../../../sandbox/cas/behaviour.js';
import { casFaults } from '../../support/cas-faults.js';
import type { Chance } from './chance.js';
import type { FragileWorld } from './fragile-world.js';
import type { Point } from './server/pauses.js';

type Mischief = (world: FragileWorld, chance: Chance) => Promise<void>;

const LEASE_MS = 6_000;
const HELD_POINTS: readonly Point[] = [
  'before acquire',
  'before call',
  'before publish',
  'after publish',
];

const anyReplica = ({ replicas }: FragileWorld, chance: Chance) =>
  chance.pick([...replicas.keys()]);

const anyProxy = ({ proxies }: FragileWorld, chance: Chance) => chance.pick(proxies);

/** Faults of processes and of Postgres. */
export const hardMischief: Readonly<Record<string, Mischief>> = {
  'kill -9': (world, chance) => world.replace(anyReplica(world, chance), 'SIGKILL'),
  SIGTERM: (world, chance) => world.replace(anyReplica(world, chance), 'SIGTERM'),
  'SIGSTOP for a moment': (world, chance) => suspend(world, chance, chance.between(200, 3_000)),
  'SIGSTOP past the lease': (world, chance) => suspend(world, chance, LEASE_MS + 1_000),
  'Postgres stopped at once': async ({ postgres }) => postgres.server.restart('immediate'),
  'a mint held at a point': (world, chance) => holdUp(world, chance, chance.between(200, 3_000)),
  'a mint held past the lease': (world, chance) => holdUp(world, chance, LEASE_MS + 500),
};

/** Faults of network lines and of CAS. */
export const softMischief: Readonly<Record<string, Mischief>> = {
  'late answers of Postgres': async (world, chance) => {
    const proxy = anyProxy(world, chance);
    proxy.delay(() => 50 + Math.random() * 350);
    await sleep(chance.between(1_000, 3_000));
    proxy.heal();
  },
  'connections cut': async (world, chance) => {
    for (const proxy of world.proxies) if (chance.next() < 0.6) proxy.cut();
  },
  'a line half open': async (world, chance) => {
    const proxy = anyProxy(world, chance);
    proxy.halfOpen();
    await sleep(chance.between(500, 4_000));
    proxy.heal();
  },
  'the answer to a publish lost': async (world, chance) => {
    for (const proxy of world.proxies) proxy.loseTheAnswerTo('tokens.publish');
    await sleep(chance.between(500, 1_500));
  },
  'CAS misbehaves': async ({ cluster }, chance) => {
    const times = Math.ceil(chance.between(1, 8));
    cluster.cas.behave({ ...chance.pick(badAnswers), times });
    await sleep(chance.between(500, 3_000));
  },
};

const badAnswers: readonly Behaviour[] = Object.values(casFaults).filter(
  // A room that waited for twenty seconds would do nothing more in its round.
  ({ retryAfter }) => retryAfter === undefined,
);

async function suspend(world: FragileWorld, chance: Chance, milliseconds: number): Promise<void> {
  const { process } = world.replicas[anyReplica(world, chance)] ?? {};
  process?.kill('SIGSTOP');
  await sleep(milliseconds);
  process?.kill('SIGCONT');
}

async function holdUp(world: FragileWorld, chance: Chance, milliseconds: number): Promise<void> {
  const point = chance.pick(HELD_POINTS);
  const { holder } = world;
  holder.hold(point);
  await sleep(milliseconds);
  holder.release(point);
}
