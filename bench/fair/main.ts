import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Attack, Count } from './attack.js';
import type { Order, Tally } from './attacker.js';
import { ATTACKS } from './attacks.js';
import { Scenario } from './scenario.js';
import type { Observation } from './observation.js';
import { People } from './people.js';
import { type Outcome, report, tableOf, verdictOn } from './verdict.js';

// Measures what others notice while an account, a link or an address does its permitted worst.

const PORTS = { near: 3_250, far: 3_251 };
const WARM_UP_SECONDS = 2;
/** Time for an attack's last effects, before they are counted. */
const SETTLE_MS = 3_000;
/** For a whole attack, with its phases and preparations. */
const DEADLINE_MS = 400_000;

const say = (line: string) => void process.stdout.write(`${line}\n`);

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    seconds: { type: 'string', default: '8' },
    list: { type: 'boolean', default: false },
  },
});
const seconds = Number(values.seconds);
const wanted = ATTACKS.filter(({ name }) => values.only?.includes(name) ?? true);
const unknown = values.only?.filter((name) => !wanted.some((attack) => attack.name === name)) ?? [];
if (values.list) {
  for (const { name, what } of ATTACKS) say(`${name.padEnd(20)} ${what}`);
  process.exit();
}
if (unknown.length > 0 || !(seconds >= 1 && seconds <= 60)) {
  say(
    `--only takes names that --list shows, and --seconds takes 1 to 60; invalid: ${unknown.join(', ')}`,
  );
  process.exit(1);
}

/** Runs the attack in a separate process. */
async function runAttack({ name }: Attack, scenario: Scenario, target: object): Promise<Tally> {
  const child = fork(fileURLToPath(new URL('attacker.js', import.meta.url)));
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const { url, testbed } = scenario;
  child.send({ name, url, databaseUrl: testbed.postgres.url, seconds, target } satisfies Order);
  const ended = once(child, 'exit').then((): [Tally] => [{ broken: 1 }]);
  const [tally] = await Promise.race([once(child, 'message') as Promise<[Tally]>, ended]);
  kill();
  process.off('exit', kill);
  return tally;
}

/** Runs the same attack against a server of low priority, and ends that server. */
async function controlOf(attack: Attack, far: Scenario, people: People): Promise<Observation> {
  try {
    const target = await attack.prepare(far);
    far.stepBack();
    const [seen] = await Promise.all([people.live(seconds), runAttack(attack, far, target)]);
    return seen;
  } finally {
    await far.close();
  }
}

async function measure(attack: Attack): Promise<Outcome> {
  const near = await Scenario.open(PORTS.near);
  let people: People | undefined;
  try {
    people = await People.settle(near);
    const target = await attack.prepare(near);
    const bystanders = attack.bystanders?.(near, target) ?? [];
    await people.live(WARM_UP_SECONDS, bystanders);
    const quiet = await people.live(seconds, bystanders);
    const control = await controlOf(attack, await Scenario.open(PORTS.far), people);
    const judge = await attack.watch?.(near, target);
    const [attacked, tally] = await Promise.all([
      people.live(seconds, bystanders),
      runAttack(attack, near, target),
    ]);
    let counts: readonly Count[] = [];
    if (judge) {
      await sleep(SETTLE_MS);
      counts = await judge(seconds);
    }
    return { attack, quiet, control, attacked, tally, counts };
  } finally {
    await people?.leave();
    await near.close();
  }
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const outcomes: Outcome[] = [];
for (const attack of wanted) {
  const deadline = setTimeout(() => {
    say(`${attack.name} exceeded its time limit\n\n${tableOf(outcomes)}`);
    process.exit(1);
  }, DEADLINE_MS);
  try {
    const outcome = await measure(attack);
    say(report(outcome));
    outcomes.push(outcome);
  } catch (error) {
    say(`\n${attack.name} could not be measured: ${String(error)}`);
  }
  clearTimeout(deadline);
}
say(`\n${tableOf(outcomes)}`);
const isKept = outcomes.every((outcome) => verdictOn(outcome) !== 'FAIL');
process.exit(isKept && outcomes.length === wanted.length ? 0 : 1);
