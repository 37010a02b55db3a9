import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { Database } from '../../platform/database/database.js';
import { ALARM_KINDS, AlarmsService } from '../../platform/audit/alarms.service.js';
import { FeedService } from '../../rooms/feed/feed.service.js';
import { type EndedMint, TokensService } from '../../tokens/tokens.service.js';
import { RateLimits } from '../../platform/limits/rate-limits.service.js';
import { RequestShares } from '../../platform/limits/request-shares.service.js';
import { PasswordsService } from '../../users/accounts/passwords.service.js';
import { DatabaseFigures } from './database-figures.js';

const JOIN = '/v1/rooms/:room/join';
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
/** Seconds; a join waits up to 10 for a token, an event feed up to 25. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** A request that was answered, or given up by its client. */
export interface EndedRequest {
  readonly method: string;
  /** The pattern; undefined where there is no such route. */
  readonly route: string | undefined;
  readonly status: number;
  /** `ok`, a problem's code, or `aborted`. */
  readonly outcome: string;
  readonly seconds: number;
}

/** What Prometheus is told. Labels are routes, codes and key ids: never what a caller chose. */
@Injectable()
export class MetricsService {
  private readonly registry = new Registry();
  private readonly registers = [this.registry];

  private readonly requests = new Counter({
    name: 'latchkey_http_requests_total',
    help: 'Requests by route, method and class of status; aborted: the client went away.',
    labelNames: ['method', 'route', 'status'] as const,
    registers: this.registers,
  });
  private readonly requestSeconds = new Histogram({
    name: 'latchkey_http_request_duration_seconds',
    help: 'Time until the answer was sent, by route and method.',
    labelNames: ['method', 'route'] as const,
    buckets: BUCKETS,
    registers: this.registers,
  });
  private readonly joins = new Counter({
    name: 'latchkey_joins_total',
    help: 'Joins by outcome: ok, the code of the problem, or aborted.',
    labelNames: ['outcome'] as const,
    registers: this.registers,
  });
  private readonly joinSeconds = new Histogram({
    name: 'latchkey_join_duration_seconds',
    help: 'Time of a join, the wait for a token included, by outcome.',
    labelNames: ['outcome'] as const,
    buckets: BUCKETS,
    registers: this.registers,
  });
  private readonly mints = new Counter({
    name: 'latchkey_mints_total',
    help: 'Mints that had the lease, by how they ended; refused and unavailable are failures of CAS.',
    labelNames: ['outcome'] as const,
    registers: this.registers,
  });
  private readonly alarms = new Counter({
    name: 'latchkey_alarms_total',
    help: 'Alarms that this replica raised, by kind; the audit trail has each of them.',
    labelNames: ['kind'] as const,
    registers: this.registers,
  });
  private readonly mintSeconds = new Histogram({
    name: 'latchkey_mint_duration_seconds',
    help: 'Time from the lease to the end of a mint, by outcome.',
    labelNames: ['outcome'] as const,
    buckets: BUCKETS,
    registers: this.registers,
  });

  constructor(
    private readonly figures: DatabaseFigures,
    database: Database,
    tokens: TokensService,
    passwords: PasswordsService,
    alarms: AlarmsService,
    limits: RateLimits,
    requests: RequestShares,
    feeds: FeedService,
  ) {
    this.gauge('waiting_joiners', 'Requests that wait for a token.', () => tokens.waiting);
    this.gauge(
      'rooms_unreadable',
      'Rooms whose stored token does not decrypt, as far as was noticed.',
      () => tokens.unreadableRooms.length,
    );
    this.gauge(
      'pool_connections',
      'Open connections to Postgres.',
      () => database.load.connections,
    );
    this.gauge('pool_idle_connections', 'Those that nobody uses.', () => database.load.idle);
    this.gauge(
      'pool_waiting',
      'Statements that wait for a connection.',
      () => database.load.waiting,
    );
    this.gauge(
      'password_hashes_running',
      'Passwords that are hashed now.',
      () => passwords.load.running,
    );
    this.gauge(
      'password_hashes_waiting',
      'Passwords that wait to be hashed.',
      () => passwords.load.waiting,
    );
    this.gauge(
      'requests_running',
      'Requests whose work is under way.',
      () => requests.load.running,
    );
    this.gauge(
      'requests_waiting',
      'Requests that wait for others of the same user or network.',
      () => requests.load.waiting,
    );
    this.gauge('feed_listeners', 'Feeds that are open.', () => feeds.figures.listeners);
    this.total('feed_events_total', 'Events times those who were told.', [], function* () {
      yield [{}, feeds.figures.told];
    });
    this.total(
      'feed_cut_total',
      'Readers who were cut off, since they were too slow.',
      [],
      function* () {
        yield [{}, feeds.figures.cut];
      },
    );
    this.total(
      'password_hashes_total',
      'Passwords that were hashed, wrong ones included.',
      [],
      function* () {
        yield [{}, passwords.load.begun];
      },
    );
    this.total(
      'rate_limited_total',
      'Requests that a limit refused; docs/limits.md names them.',
      ['limit'],
      function* () {
        for (const [limit, count] of limits.refused) yield [{ limit }, count];
      },
    );
    for (const outcome of ['published', 'refused', 'unavailable', 'lost', 'released', 'broken'])
      this.mints.inc({ outcome }, 0);
    this.joins.inc({ outcome: 'ok' }, 0);
    for (const kind of ALARM_KINDS) this.alarms.inc({ kind }, 0);
    alarms.onAlarm((kind) => this.alarms.inc({ kind }));
    tokens.onMint((mint) => this.countMint(mint));
    figures.register(this.registry);
  }

  /** Those of the process, event-loop delay among them; they cost a timer, so only where wanted. */
  watchProcess(): void {
    collectDefaultMetrics({ register: this.registry });
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  /** The text that is scraped; within little more than a second, whatever the database does. */
  async render(): Promise<string> {
    await this.figures.refresh();
    const text = await this.registry.metrics();
    // prom-client writes `Nan` where an interval had no sample; the format knows `NaN`.
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

  private countMint({ end: outcome, seconds }: EndedMint): void {
    this.mints.inc({ outcome });
    this.mintSeconds.observe({ outcome }, seconds);
  }

  /** What is counted elsewhere. */
  private total(
    name: string,
    help: string,
    labelNames: string[],
    read: () => Iterable<[labels: Record<string, string>, count: number]>,
  ): void {
    const registers: Registry[] = [];
    const collect = function (this: Counter) {
      this.reset();
      for (const [labels, count] of read()) this.inc(labels, count);
    };
    this.registry.registerMetric(
      new Counter({ name: `latchkey_${name}`, help, labelNames, registers, collect }),
    );
  }

  private gauge(name: string, help: string, read: () => number): void {
    const registers: Registry[] = [];
    const collect = function (this: Gauge) {
      this.set(read());
    };
    this.registry.registerMetric(new Gauge({ name: `latchkey_${name}`, help, registers, collect }));
  }
}
