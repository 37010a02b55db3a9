import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Gauge, type Registry } from 'prom-client';
import type { Sample } from '../../platform/metrics/instruments.js';
import type { DatabaseFigure } from '../../platform/metrics/metric.decorator.js';

const PATIENCE_MS = 1_000;

type Answers = readonly (number | Iterable<Sample>)[];

/** Metrics from Postgres, queried at every scrape; the same on every replica. */
@Injectable()
export class DatabaseFigures {
  private readonly up = new Gauge({
    name: 'latchkey_database_up',
    help: 'Whether Postgres answered this scrape in time.',
    registers: [],
  });
  private figures: readonly DatabaseFigure[] = [];
  private asking: Promise<Answers | undefined> | undefined;

  register(registry: Registry, figures: readonly DatabaseFigure[]): void {
    this.figures = figures;
    for (const each of [this.up, ...figures.map(({ metric }) => metric)])
      registry.registerMetric(each);
  }

  /** Updates the metrics; omits them if a query fails, because outdated values would look current. */
  async refresh(): Promise<void> {
    const answers = await this.ask();
    this.up.set(answers ? 1 : 0);
    for (const [index, figure] of this.figures.entries()) show(figure, answers?.[index]);
  }

  /** Runs at most one query at a time, however often it is called. */
  private ask(): Promise<Answers | undefined> {
    this.asking ??= Promise.all(this.figures.map((figure) => figure.read()))
      .catch(() => undefined)
      .finally(() => (this.asking = undefined));
    return Promise.race([this.asking, sleep(PATIENCE_MS, undefined, { ref: false })]);
  }
}

function show({ metric, hasLabels }: DatabaseFigure, answer: Answers[number] | undefined): void {
  // After a reset, a gauge without labels would be shown as 0.
  if (hasLabels) metric.reset();
  else metric.remove();
  if (typeof answer === 'number') metric.set(answer);
  else for (const [labels, value] of answer ?? []) metric.set(labels, value);
}
