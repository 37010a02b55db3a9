import { Counter, Gauge as GaugeMetric, type Metric } from 'prom-client';
import { nameOf, type Sample } from './instruments.js';

/** A metric whose value is queried from Postgres at every scrape. */
export interface DatabaseFigure {
  readonly metric: GaugeMetric;
  readonly hasLabels: boolean;
  read(): Promise<number | Iterable<Sample>>;
}

export interface DeclaredMetrics {
  readonly metrics: Metric[];
  readonly databaseFigures: DatabaseFigure[];
}

type Declaration = (provider: object, declared: DeclaredMetrics) => void;

type OfGetter<Value> = (prototype: object, key: string, getter: { get?: () => Value }) => void;

type Fields<Field extends string> = Readonly<Record<Field, number>>;

const METRICS = Symbol('metrics');

/** Declares a getter, or a field of its value, as a gauge that is read at every scrape. */
export function Gauge(name: string, help: string): OfGetter<number>;
export function Gauge<Field extends string>(
  name: string,
  help: string,
  field: Field,
): OfGetter<Fields<Field>>;
export function Gauge(name: string, help: string, field?: string) {
  return (prototype: object, key: string): void =>
    declare(prototype, (provider, { metrics }) => {
      const collect = function (this: GaugeMetric) {
        this.set(readFigure(provider, key, field));
      };
      metrics.push(new GaugeMetric({ name: nameOf(name), help, registers: [], collect }));
    });
}

/** Declares a getter as a counter; its name ends with `_total`. */
export function Total(name: string, help: string): OfGetter<number>;
export function Total<Field extends string>(
  name: string,
  help: string,
  field: Field,
): OfGetter<Fields<Field>>;
export function Total(name: string, help: string, field?: string) {
  return (prototype: object, key: string): void =>
    declare(prototype, (provider, { metrics }) => {
      const collect = function (this: Counter) {
        this.reset();
        this.inc(readFigure(provider, key, field));
      };
      metrics.push(new Counter({ name: nameOf(name), help, registers: [], collect }));
    });
}

/** Declares a getter as a counter with a number for each value of a label. */
export function TotalBy(
  label: string,
  name: string,
  help: string,
): OfGetter<ReadonlyMap<string, number>> {
  return (prototype, key) =>
    declare(prototype, (provider, { metrics }) => {
      const collect = function (this: Counter) {
        this.reset();
        for (const [value, count] of Reflect.get(provider, key) as ReadonlyMap<string, number>)
          this.inc({ [label]: value }, count);
      };
      const labelNames = [label];
      metrics.push(new Counter({ name: nameOf(name), help, labelNames, registers: [], collect }));
    });
}

/** A scrape waits at most a second; if a query fails, it omits all metrics from Postgres. */
export function DatabaseGauge(name: string, help: string, labelNames: readonly string[] = []) {
  type Ask = () => Promise<number | Iterable<Sample>>;
  return (prototype: object, key: string, _method: { value?: Ask }): void =>
    declare(prototype, (provider, { databaseFigures }) => {
      const metric = new GaugeMetric({ name: nameOf(name), help, labelNames, registers: [] });
      const hasLabels = labelNames.length > 0;
      databaseFigures.push({
        metric,
        hasLabels,
        read: () => (Reflect.get(provider, key) as Ask).call(provider),
      });
    });
}

/** Declares a field as a counter or a histogram; see `counter` and `histogram`. */
export function Instrument() {
  return (prototype: object, key: string): void =>
    declare(prototype, (provider, { metrics }) =>
      metrics.push(Reflect.get(provider, key) as Metric),
    );
}

export function metricsOf(providers: readonly object[]): DeclaredMetrics {
  const declared: DeclaredMetrics = { metrics: [], databaseFigures: [] };
  for (const provider of providers)
    for (const add of declarationsOf(provider)) add(provider, declared);
  return declared;
}

function declare(prototype: object, declaration: Declaration): void {
  Reflect.defineMetadata(METRICS, [...declarationsOf(prototype), declaration], prototype);
}

function declarationsOf(target: object): Declaration[] {
  return (Reflect.getMetadata(METRICS, target) as Declaration[] | undefined) ?? [];
}

function readFigure(provider: object, key: string, field: string | undefined): number {
  const figure: unknown = Reflect.get(provider, key);
  return (field === undefined ? figure : Reflect.get(figure as object, field)) as number;
}
