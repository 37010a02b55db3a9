import type { Reply } from '../common/request.js';
import { type FeedEvent, frameOf } from './feed-event.js';
import { RoomState } from './feed.schema.js';
import { Listener, type People, type Person } from './listener.js';
import type { EndReason } from './standing.js';
import type { Arrival } from './standing.repository.js';

/** Bytes that wait for a slow reader; beyond, he is cut off, and resumes where he was. */
const MOST_UNREAD = 131_072;

/** Milliseconds in which a reader may take what was written to him last. */
const LAST_WORDS_MS = 2_000;

const ALIVE = Buffer.from(':\n\n');

/**
 * A feed as server-sent events, written to the connection itself: half the time and memory of what
 * the framework would do, and nothing is kept here for a reader who does not read.
 */
export class EventStream extends Listener {
  readonly wantsPeople = true;
  private hasBegun = false;
  private shownCount: number | undefined;
  private shownMark: string | undefined;

  constructor(
    arrival: Arrival,
    person: Person,
    cursor: number,
    private readonly reply: Reply,
    private readonly whenCut: () => void,
  ) {
    super(arrival, person, cursor);
  }

  get isOver(): boolean {
    const { raw } = this.reply;
    return raw.destroyed || raw.writableEnded;
  }

  begin(state: RoomState, isReset: boolean): void {
    if (this.isOver) return;
    this.shownCount = state.participantCount;
    this.open();
    const id = String(this.cursor);
    const reset = isReset ? frameOf('reset', '{}', id) : '';
    this.write(reset + frameOf('state', JSON.stringify(RoomState.parse(state)), id));
    this.forgetHeaders();
  }

  protected tell(events: readonly FeedEvent[]): void {
    const [first] = events;
    if (first && events.length === 1) this.write(first.frame);
    else this.write(Buffer.concat(events.map(({ frame }) => frame)));
  }

  missesNewsOf({ count, mark }: People): boolean {
    return this.isHost ? this.shownMark !== mark : this.shownCount !== count;
  }

  showPeople({ count, mark }: People, headline: Buffer): void {
    this.shownCount = count;
    if (this.isHost) this.shownMark = mark;
    this.write(headline);
  }

  keepAlive(): void {
    this.write(ALIVE);
  }

  dismiss(reason: EndReason): void {
    this.end(this.isToldRemoved ? '' : frameOf('removed', JSON.stringify({ reason })));
  }

  sendElsewhere(milliseconds: number): void {
    this.end(`retry: ${milliseconds}\n: connect again\n\n`);
  }

  private open(): void {
    this.reply.hijack();
    const { raw } = this.reply;
    // It ends with the connection: no framing of chunks around every event.
    raw.removeHeader('transfer-encoding');
    raw.writeHead(200, {
      ...(this.reply.getHeaders() as Record<string, string | string[]>),
      'content-type': 'text/event-stream; charset=utf-8',
      'x-accel-buffering': 'no',
      connection: 'close',
    });
    this.hasBegun = true;
  }

  /** They have been read, and would weigh as long as somebody listens. */
  private forgetHeaders(): void {
    Object.assign(this.reply.raw.req, { headers: {}, rawHeaders: [] });
  }

  private write(bytes: Buffer | string): void {
    if (this.isOver) return;
    const { raw } = this.reply;
    // What was written before counts, so that nobody is cut off for what he had no time to read.
    if (raw.writableLength <= MOST_UNREAD) return void raw.write(bytes);
    raw.destroy();
    this.whenCut();
  }

  private end(lastWords: string): void {
    if (this.isOver) return;
    const { raw } = this.reply;
    if (!this.hasBegun) return void raw.destroy();
    raw.end(lastWords);
    // Whoever does not read must not hold the connection, nor the end of the server.
    const timer = setTimeout(() => raw.destroy(), LAST_WORDS_MS).unref();
    raw.once('close', () => clearTimeout(timer));
  }
}
