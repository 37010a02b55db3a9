import { Injectable } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { counter, histogram } from '../../platform/metrics/instruments.js';
import { Instrument, metricsOf } from '../../platform/metrics/metric.decorator.js';
import { providersOf } from '../../platform/tasks/providers.js';
import { DatabaseFigures } from './database-figures.js';

const JOIN = '/v1/rooms/:room/join';
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

export interface EndedRequest {
  readonly method: string;
  /** The pattern; undefined if the route does not exist. */
  readonly route: string | undefined;
  readonly status: number;
  /** `ok`, a problem's code, or `aborted`. */
  readonly outcome: string;
  readonly seconds: number;
}

@Injectable()
export class MetricsService {
  private readonly registry = new Registry();
  @Instrument()
  private readonly requests = counter(
    'http_requests_total',
    'Requests by route, method and class of status; aborted: the client disconnected.',
    ['method', 'route', 'status'],
  );
  @Instrument()
  private readonly requestSeconds = histogram(
    'http_request_duration_seconds',
    'Time until the answer was sent, by route and method.',
    ['method', 'route'],
  );
  @Instrument()
  private readonly joins = counter(
    'joins_total',
    'Joins by outcome: ok, the code of the problem, or aborted.',
    ['outcome'],
    [{ outcome: 'ok' }],
  );
  @Instrument()
  private readonly joinSeconds = histogram(
    'join_duration_seconds',
    'Time of a join, including the wait for a token, by outcome.',
    ['outcome'],
  );

  constructor(
    private readonly figures: DatabaseFigures,
    private readonly discovery: DiscoveryService,
  ) {}

  /** The delay of the event loop needs a timer, so this is called only if metrics are on. */
  begin(): void {
    const { metrics, databaseFigures } = metricsOf(providersOf(this.discovery));
    for (const each of metrics) this.registry.registerMetric(each);
    this.figures.register(this.registry, databaseFigures);
    collectDefaultMetrics({ register: this.registry });
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  /** Returns the text of a scrape, in little more than a second even if the database is slow. */
  async render(): Promise<string> {
    await this.figures.refresh();
    const text = await this.registry.metrics();
    // For an interval without a sample, prom-client writes `Nan`; the format defines `NaN`.
    return text.replaceAll(/ Nan$/gm, ' NaN');
  }

  countRequest({ method, route, status, outcome, seconds }: EndedRequest): void {
    const labels = {
      method: METHODS.has(method) ? method : 'other',
      route: route ?? 'unknown',
    };
    const statusClass = outcome === 'aborted' ? outcome : `${Math.floor(status / 100)}xx`;
    this.requests.inc({ ...labels, status: statusClass });
    this.requestSeconds.observe(labels, seconds);
    if (route !== JOIN) return;
    this.joins.inc({ outcome });
    this.joinSeconds.observe({ outcome }, seconds);
  }
}
