import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from './client.js';
import { clientOf, type Face } from './crowd.js';
import { poll, Stream } from './feed.js';

/** An event as a reader received it. */
export interface Heard {
  readonly id: string;
  readonly data: Record<string, unknown>;
}

/** Follows a room from its beginning, and loses its connection repeatedly. */
export class Reader {
  readonly heard: Heard[] = [];
  resets = 0;
  private isDone = false;
  private readonly clients: Client[];

  /** @param urls of replicas, used in turn at each reconnection */
  constructor(
    urls: readonly string[],
    face: Face,
    private readonly room: { id: string },
    private readonly form: 'stream' | 'poll',
  ) {
    this.clients = urls.map((url) => clientOf(url, face));
  }

  stop(): void {
    this.isDone = true;
  }

  async follow(): Promise<void> {
    for (let turn = 0; !this.isDone; turn += 1) {
      const client = this.clients[turn % this.clients.length] as Client;
      await (this.form === 'stream' ? this.stream(client) : this.poll(client));
    }
  }

  private get lastId(): string {
    return this.heard.at(-1)?.id ?? '0';
  }

  private async stream(client: Client): Promise<void> {
    const stream = await Stream.open(client, this.room, this.lastId);
    await sleep(50 + Math.random() * 1_500);
    for (const { id, type, data } of stream.told)
      if (type === 'token.moved') this.heard.push({ id: id ?? '', data });
      else if (type === 'reset') this.resets += 1;
    stream.close();
  }

  private async poll(client: Client): Promise<void> {
    const { body } = await poll(client, this.room, this.lastId, 1);
    for (const { id, type, data } of body.items)
      if (type === 'token.moved') this.heard.push({ id: id ?? '', data });
      else this.resets += 1;
  }
}
