import type { Progress } from './progress.js';

/** `'400 ms'`, `'2.5 s'` or `'10 min'`. */
export type Period = `${number} ${keyof typeof MILLISECONDS}`;

const MILLISECONDS = { ms: 1, s: 1_000, min: 60_000 } as const;
const TASKS = Symbol('tasks');

export interface Task {
  readonly name: string;
  readonly periodMs: number;
  readonly work: Work;
}

type Work = () => Promise<Progress | void>;
type Declaration = (provider: object) => Task;

/** Declares recurring work; `period` is the average time between a run's end and the next run. */
export function Every<Provider extends object>(
  period: Period | ((provider: Provider) => number),
  name: string,
) {
  return (prototype: Provider, key: string, _method: { value?: Work }): void => {
    const declaration: Declaration = (provider) => ({
      name,
      periodMs: typeof period === 'string' ? toMilliseconds(period) : period(provider as Provider),
      work: () => (Reflect.get(provider, key) as Work).call(provider),
    });
    Reflect.defineMetadata(TASKS, [...declarationsOf(prototype), declaration], prototype);
  };
}

export function tasksOf(provider: object): Task[] {
  return declarationsOf(provider).map((declare) => declare(provider));
}

function declarationsOf(target: object): Declaration[] {
  return (Reflect.getMetadata(TASKS, target) as Declaration[] | undefined) ?? [];
}

function toMilliseconds(period: Period): number {
  const [count, unit] = period.split(' ') as [string, keyof typeof MILLISECONDS];
  return Number(count) * MILLISECONDS[unit];
}
