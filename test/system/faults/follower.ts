import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../../support/client.js';
import { clientOf, type Face } from '../../support/crowd.js';
import { poll, Stream } from '../../support/feed.js';
import type { Heartbeat, JoinGrant } from '../../support/shapes.js';
import type { Recorder } from './recorder.js';
import type { Step } from './times-behind.js';

/** How a client learns of a move: by the feed, or by asking at intervals. */
export const FORMS = ['stream', 'poll', 'heartbeat'] as const;
export type Form = (typeof FORMS)[number];

const HEARTBEAT_MS = 30_000;

/** The pause that docs/feed.md advises after a lost connection. */
const advisedPause = () => 500 + Math.random() * 2_000;

/** A client that stays in a room as docs/feed.md says, at one replica until that replica is gone. */
export class Follower {
  /** The generations that the client has received. */
  readonly walk: Step[] = [];
  /** Answers and events that no client should receive. */
  readonly surprises: string[] = [];
  /** When the client joins again, in monotonic milliseconds. */
  refreshAt = 0;
  private readonly ending = new AbortController();
  private readonly clients: readonly Client[];
  private lastEventId = '0';
  private beatAt = performance.now() + Math.random() * HEARTBEAT_MS;
  private wanted = 1;
  private catchingUp: Promise<void> | undefined;

  /** @param replica where the client begins; at failures it takes the next replica */
  constructor(
    private readonly recorder: Recorder,
    urls: readonly string[],
    private readonly face: Face,
    private readonly room: { readonly id: string },
    readonly form: Form,
    private replica: number,
  ) {
    this.clients = urls.map((url) => clientOf(url, face));
  }

  get generation(): number {
    return this.walk.at(-1)?.generation ?? 0;
  }

  async follow(): Promise<void> {
    await this.catchUp(1);
    while (!this.isOver) {
      const { replica, client } = this;
      try {
        await this[this.form](client);
      } catch (error) {
        // A `TypeError` of `fetch` means that nothing listens there.
        if (!(error instanceof TypeError)) this.surprises.push(String(error));
        await this.goElsewhere(replica);
      }
    }
  }

  stop(): void {
    this.ending.abort();
  }

  private get isOver(): boolean {
    return this.ending.signal.aborted;
  }

  private get client(): Client {
    return this.clients[this.replica] as Client;
  }

  /** Follows a stream, which ends without an event when its replica is killed. */
  protected async stream(client: Client): Promise<void> {
    const { replica } = this;
    const stream = await Stream.open(client, this.room, this.lastEventId, ({ id, type, data }) => {
      this.lastEventId = id ?? this.lastEventId;
      this.hear(type, data);
    });
    const close = () => stream.close();
    this.ending.signal.addEventListener('abort', close);
    await stream.over;
    this.ending.signal.removeEventListener('abort', close);
    await this.goElsewhere(replica);
  }

  protected async poll(client: Client): Promise<void> {
    const { status, body } = await poll(client, this.room, this.lastEventId, 25);
    if (status !== 200) throw new Error(JSON.stringify(body));
    this.hear('state', { ...body.state });
    for (const { type, data } of body.items) this.hear(type, data);
    this.lastEventId = body.lastEventId;
  }

  /** Asks at intervals, without a feed, and joins again when the token is due. */
  protected async heartbeat(client: Client): Promise<void> {
    await this.pause(Math.min(this.refreshAt, this.beatAt) - performance.now());
    if (this.isOver) return;
    if (performance.now() >= this.refreshAt) return this.join();
    this.beatAt += HEARTBEAT_MS;
    const { status, body } = await client.post<Heartbeat>(`/v1/rooms/${this.room.id}/heartbeat`);
    if (status !== 200) throw new Error(JSON.stringify(body));
    this.hear('heartbeat', body);
  }

  private hear(type: string, data: { readonly generation?: unknown }): void {
    if (type === 'removed' || type === 'reset') this.surprises.push(type);
    const generation = Number(data.generation ?? 0);
    if (generation > this.generation) void this.catchUp(generation);
  }

  /** Joins until the client has the newest generation it was told of; the feed continues meanwhile. */
  private catchUp(generation: number): Promise<void> {
    this.wanted = Math.max(this.wanted, generation);
    this.catchingUp ??= (async () => {
      while (!this.isOver && this.generation < this.wanted) await this.join();
      this.catchingUp = undefined;
    })();
    return this.catchingUp;
  }

  private async join(): Promise<void> {
    const { replica } = this;
    const { url } = this.client;
    const {
      body,
      problem,
      endedAt: at,
    } = await this.recorder.join(replica, url, this.face, this.room.id);
    if (body) return this.take(body, at);
    if (problem !== 'no answer') this.surprises.push(String(problem));
    await this.goElsewhere(replica);
  }

  private take({ generation, refreshAfter, serverTime, lastEventId }: JoinGrant, at: number): void {
    if (this.walk.length === 0) this.lastEventId = lastEventId;
    this.walk.push({ generation, at });
    this.refreshAt = at + Date.parse(refreshAfter) - Date.parse(serverTime);
  }

  private async goElsewhere(from: number): Promise<void> {
    if (this.replica === from) this.replica = (from + 1) % this.clients.length;
    await this.pause(advisedPause());
  }

  /** Waits, but not after the client has stopped. */
  private async pause(milliseconds: number): Promise<void> {
    const { signal } = this.ending;
    await sleep(Math.max(0, milliseconds), undefined, { signal }).catch(() => undefined);
  }
}
