import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from './client.js';
import type { FeedPage } from './shapes.js';

/** A server-sent event, a comment (of type `:`) or the advised time before a reconnection (`retry`). */
export interface Told {
  readonly type: string;
  readonly id?: string;
  readonly data: Record<string, unknown>;
  /** Monotonic milliseconds of its arrival. */
  readonly at: number;
}

function read(block: string, at: number): Told[] {
  const fields = block.split('\n').map((line) => /^(\w*): ?(.*)$/.exec(line) ?? [line, '', '']);
  const field = (name: string) => fields.find(([, found]) => found === name)?.[2];
  const told: Told[] = [];
  const retry = field('retry');
  if (retry !== undefined) told.push({ type: 'retry', data: { milliseconds: Number(retry) }, at });
  if (block.startsWith(':')) told.push({ type: ':', data: {}, at });
  const [type, id, data] = [field('event'), field('id'), field('data')];
  if (type === undefined || data === undefined) return told;
  const parsed = JSON.parse(data) as Record<string, unknown>;
  return [...told, { type, ...(id !== undefined && { id }), data: parsed, at }];
}

/** A feed as a stream, as an app would follow it. */
export class Stream {
  readonly told: Told[] = [];
  isOver = false;
  /** Resolves at the end of the stream, whatever ended it. */
  readonly over: Promise<void>;

  private constructor(
    readonly response: Response,
    private readonly aborting: AbortController,
    private readonly hear: (told: Told) => void,
  ) {
    this.over = this.follow();
  }

  /**
   * @param hear receives every event as it arrives
   * @throws the problem, if the stream is refused
   */
  static async open(
    client: Client,
    room: { id: string },
    after?: string,
    hear: (told: Told) => void = () => undefined,
  ): Promise<Stream> {
    const aborting = new AbortController();
    const response = await fetch(`${client.url}/v1/rooms/${room.id}/events`, {
      headers: {
        authorization: `Bearer ${client.token}`,
        accept: 'text/event-stream',
        ...(after !== undefined && { 'last-event-id': after }),
      },
      signal: aborting.signal,
    });
    if (response.status !== 200) throw new Error(await response.text());
    return new Stream(response, aborting, hear);
  }

  close(): void {
    this.aborting.abort();
  }

  get types(): string[] {
    return this.told.map(({ type }) => type);
  }

  get lastId(): string | undefined {
    return this.told.findLast(({ id }) => id !== undefined)?.id;
  }

  of(type: string): Told[] {
    return this.told.filter((each) => each.type === type);
  }

  /** Returns the first event of this type that has arrived or arrives within that time. */
  async next(type: string, milliseconds = 5_000): Promise<Told> {
    for (const end = performance.now() + milliseconds; performance.now() < end; await sleep(5)) {
      const [found] = this.of(type);
      if (found) return found;
    }
    throw new Error(`no ${type} came, but ${JSON.stringify(this.told)}`);
  }

  async end(milliseconds = 5_000): Promise<void> {
    for (const end = performance.now() + milliseconds; performance.now() < end; await sleep(5))
      if (this.isOver) return;
    throw new Error(`it did not end; ${JSON.stringify(this.told)}`);
  }

  private async follow(): Promise<void> {
    let text = '';
    try {
      const decoder = new TextDecoder();
      for await (const chunk of this.response.body ?? []) {
        text += decoder.decode(chunk as Uint8Array, { stream: true });
        const blocks = text.split('\n\n');
        text = blocks.pop() ?? '';
        for (const told of blocks.flatMap((block) => read(block, performance.now()))) {
          this.told.push(told);
          this.hear(told);
        }
      }
    } catch {
      // The stream was aborted or cut; the events that arrived are kept.
    }
    this.isOver = true;
  }
}

/** Sends one long poll, the other form of the feed. */
export function poll(client: Client, { id }: { id: string }, after?: string, wait = 5) {
  const query = after === undefined ? '' : `?after=${after}&wait=${wait}`;
  return client.get<FeedPage>(`/v1/rooms/${id}/events${query}`, {
    accept: 'application/json',
  });
}
