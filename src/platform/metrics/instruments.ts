import { Counter, Histogram } from 'prom-client';

type Labels<Label extends string> = Readonly<Record<Label, string>>;

export type Sample = readonly [labels: Labels<string>, value: number];

/** Seconds; a join waits up to 10 s for a token, an event feed up to 25 s. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export function nameOf(name: string): string {
  return `latchkey_${name}`;
}

/** Labels are never values that a caller chose; `zeros` make the first increase visible. */
export function counter<Label extends string>(
  name: string,
  help: string,
  labelNames: readonly Label[],
  zeros: readonly Labels<Label>[] = [],
): Counter<Label> {
  const made = new Counter({ name: nameOf(name), help, labelNames, registers: [] });
  for (const labels of zeros) made.inc(labels, 0);
  return made;
}

/** Creates a histogram of seconds, for a field with `@Instrument()`. */
export function histogram<Label extends string>(
  name: string,
  help: string,
  labelNames: readonly Label[],
): Histogram<Label> {
  return new Histogram({ name: nameOf(name), help, labelNames, buckets: BUCKETS, registers: [] });
}
