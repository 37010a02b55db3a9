import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Gauge, type Registry } from 'prom-client';
import { type KeyUse, KeyUses } from '../../platform/keyring/key-uses.service.js';
import { PresenceService } from '../../rooms/presence/presence.service.js';
import { TokensService } from '../../tokens/tokens.service.js';

const PATIENCE_MS = 1_000;

interface Figures {
  readonly seats: number;
  readonly rooms: number;
  readonly keys: readonly KeyUse[];
}

/** What only Postgres knows, asked when somebody scrapes; the same on every replica. */
@Injectable()
export class DatabaseFigures {
  private readonly up = gauge('database_up', 'Whether Postgres answered this scrape in time.');
  private readonly seats = gauge('seats_held', 'Seats that are held, over all replicas.');
  private readonly rooms = gauge('rooms_live', 'Rooms with a live token, over all replicas.');
  private readonly rows = new Gauge({
    name: 'latchkey_secret_key_rows',
    help: 'Rows that are encrypted under a key of SECRET_KEYS, by table and id of the key.',
    labelNames: ['table', 'key_id'] as const,
    registers: [],
  });
  private asking: Promise<Figures | undefined> | undefined;

  constructor(
    private readonly presence: PresenceService,
    private readonly tokens: TokensService,
    private readonly keys: KeyUses,
  ) {}

  register(registry: Registry): void {
    for (const each of [this.up, this.seats, this.rooms]) registry.registerMetric(each);
    registry.registerMetric(this.rows);
  }

  /** A figure that cannot be had is left out: an old one would look like the truth. */
  async refresh(): Promise<void> {
    const figures = await this.ask();
    this.up.set(figures ? 1 : 0);
    if (figures) {
      this.seats.set(figures.seats);
      this.rooms.set(figures.rooms);
    } else for (const each of [this.seats, this.rooms]) each.remove();
    this.rows.reset();
    for (const { table, keyId, count } of figures?.keys ?? [])
      this.rows.set({ table, key_id: keyId }, count);
  }

  /** One question at a time, however often and impatiently it is asked. */
  private ask(): Promise<Figures | undefined> {
    this.asking ??= this.read()
      .catch(() => undefined)
      .finally(() => (this.asking = undefined));
    return Promise.race([this.asking, sleep(PATIENCE_MS, undefined, { ref: false })]);
  }

  private async read(): Promise<Figures> {
    const [seats, rooms, keys] = await Promise.all([
      this.presence.countHeld(),
      this.tokens.countLive(),
      this.keys.countRows(),
    ]);
    return { seats, rooms, keys };
  }
}

function gauge(name: string, help: string): Gauge {
  return new Gauge({ name: `latchkey_${name}`, help, registers: [] });
}
