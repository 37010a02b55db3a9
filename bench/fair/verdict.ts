import type { Tally } from './attacker.js';
import type { Attack, Count } from './attack.js';
import type { Observation } from './observation.js';

/** Kinds of requests with a promised response time; bystanders must only not be refused. */
const PROMISED = ['join', 'heartbeat', 'refresh'];
const LEAST_MS = 1_000;
const TIMES_QUIET = 10;
const TIMES_SINGLE = 2.5;

export interface Outcome {
  readonly attack: Attack;
  readonly quiet: Observation;
  /** While the same attack ran against another server on the same machine. */
  readonly control: Observation;
  readonly attacked: Observation;
  readonly tally: Tally;
  readonly counts: readonly Count[];
}

export type Verdict = 'PASS' | 'FAIL' | 'UNDECIDED';

/** A violation of the promise. */
interface Fault {
  readonly text: string;
  /** Whether the control phase shows it too, so that the machine is the cause. */
  readonly isOfMachine: boolean;
}

/** Minimum ratio to the control phase for a delay to be attributed to the attack. */
const TIMES_CONTROL = 2;

function faultsOfTimes({ quiet, control, attacked }: Outcome, kind: string): Fault[] {
  const most = Math.max(LEAST_MS, TIMES_QUIET * quiet.of(kind).p95);
  const limits = { p95: most, max: TIMES_SINGLE * most };
  return (['p95', 'max'] as const).flatMap((pick) => {
    const [found, beside, limit] = [attacked.of(kind)[pick], control.of(kind)[pick], limits[pick]];
    if (found <= limit) return [];
    const isOfMachine = beside > limit && found <= TIMES_CONTROL * beside;
    return [{ text: `${kind} ${pick} ${ms(found)} > ${ms(limit)}`, isOfMachine }];
  });
}

function faultsOf(outcome: Outcome): Fault[] {
  const { control, attacked, counts } = outcome;
  const refusals = [...attacked.refusals].map(([what, count]) => ({
    text: `${count} × ${what}`,
    isOfMachine: control.refusals.has(what),
  }));
  const excess = counts.filter(({ found, most }) => !(found <= most));
  const counted = excess.map(({ what, found, most }) => ({
    text: `${what}: ${found} > ${most}`,
    isOfMachine: false,
  }));
  return [...PROMISED.flatMap((kind) => faultsOfTimes(outcome, kind)), ...refusals, ...counted];
}

/** Whether the machine was slow without an attack, which makes the promise meaningless. */
function isBusy({ quiet }: Outcome): boolean {
  return PROMISED.some((kind) => !(quiet.of(kind).p95 <= LEAST_MS / TIMES_QUIET));
}

/** UNDECIDED if the machine caused all faults, or nothing can be concluded. */
export function verdictOn(outcome: Outcome): Verdict {
  const faults = faultsOf(outcome);
  if (faults.length === 0) return isBusy(outcome) ? 'UNDECIDED' : 'PASS';
  return faults.every(({ isOfMachine }) => isOfMachine) ? 'UNDECIDED' : 'FAIL';
}

function ms(milliseconds: number): string {
  return Number.isNaN(milliseconds) ? '–' : milliseconds.toFixed(0);
}

const PHASES = ['quiet', 'control', 'attacked'] as const;

/** All figures of an attack, for a terminal. */
export function report(outcome: Outcome): string {
  const lines = [`\n${outcome.attack.name}: ${outcome.attack.what}`];
  for (const kind of new Set(PHASES.flatMap((phase) => outcome[phase].kinds))) {
    const figures = PHASES.map((phase) => {
      const { count, p50, p95, max } = outcome[phase].of(kind);
      return count === 0 ? '' : `${phase} ${ms(p50)} / ${ms(p95)} / ${ms(max)}`;
    });
    lines.push(`  ${kind.padEnd(10)} p50 / p95 / max ms: ${figures.filter(Boolean).join(';  ')}`);
  }
  for (const { what, found, most } of outcome.counts)
    lines.push(`  ${what}: ${found}, at most ${most}`);
  lines.push(`  answers to the attacker: ${tallied(outcome.tally)}`);
  if (isBusy(outcome)) lines.push('  the machine was already busy in the quiet phase');
  lines.push(`  ${[verdictOn(outcome), ...faultsOf(outcome).map(({ text }) => text)].join('; ')}`);
  return lines.join('\n');
}

function tallied(tally: Tally): string {
  const parts = Object.entries(tally).map(([status, count]) => `${count} × ${status}`);
  return parts.join(', ') || 'nothing';
}

function refusedOf(tally: Tally): string {
  return String((tally['429'] ?? 0) + (tally['503'] ?? 0));
}

/** The table of docs/limits.md. */
export function tableOf(outcomes: readonly Outcome[]): string {
  const head = [
    'attack',
    'p95 quiet',
    'p95 control',
    'p95 attacked',
    'longest',
    'others refused',
    'attacker refused',
    'verdict',
  ];
  const rows = outcomes.map((outcome) => {
    const each = (phase: Observation, pick: 'p95' | 'max') =>
      PROMISED.map((kind) => ms(phase.of(kind)[pick])).join(' / ');
    const { attack, quiet, control, attacked, tally } = outcome;
    return [
      attack.name,
      each(quiet, 'p95'),
      each(control, 'p95'),
      each(attacked, 'p95'),
      each(attacked, 'max'),
      String(attacked.refused),
      refusedOf(tally),
      verdictOn(outcome),
    ];
  });
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    `Milliseconds of ${PROMISED.join(' / ')}.`,
    '',
    line(head),
    line(head.map(() => '---')),
    ...rows.map(line),
  ].join('\n');
}
