import { noteEnd } from '../../platform/http/request-end.js';
import type { Reply } from '../../platform/http/request.js';
import type { RemovalReason } from '../../platform/room-events/room-events.schema.js';
import { liveFrameOf } from './feed-event.js';
import { RoomState } from './feed.schema.js';
import { Listener, type People, type Person } from './listener.js';
import { openAnswer, type Outlet } from './open-answer.js';
import type { Delivery } from './event-batch.js';
import type { Arrival } from './feed-access.repository.js';

/** Maximum of unread bytes; beyond it, a slow reader is disconnected, and can resume. */
const MOST_UNREAD = 131_072;

/** Milliseconds in which a reader may receive the last bytes. */
const LAST_WORDS_MS = 2_000;

/**
 * Maximum life of a stream. A dead connection accepts written bytes for many minutes: only a new
 * request proves that the client still exists.
 */
const LIFE_MS = 300_000;
const LIFE_JITTER = 0.2;
const RENEWAL_MS = 1_000;

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'x-accel-buffering': 'no',
};

const ALIVE = Buffer.from(':\n\n');

/**
 * A feed as server-sent events, written directly to the connection. That takes half of the
 * framework's time and memory, and buffers nothing for a reader who does not read.
 */
export class EventStream extends Listener {
  readonly wantsPeople = true;
  private readonly endsAt: number;
  private isEnding = false;
  private out: Outlet | undefined;
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
    const life = LIFE_MS * spreadBy(LIFE_JITTER);
    this.endsAt = Math.min(performance.now() + life, this.tokenEndsAt);
  }

  get isOver(): boolean {
    const { destroyed, writableEnded } = this.out ?? this.reply.raw;
    return destroyed || writableEnded;
  }

  begin(state: RoomState, isReset: boolean): void {
    if (this.isOver) return;
    this.shownCount = state.participantCount;
    const id = String(this.cursor);
    const reset = isReset ? liveFrameOf('reset', {}, id) : '';
    const begin = reset + liveFrameOf('state', RoomState.parse(state), id);
    const date = state.serverTime.toUTCString();
    this.out = openAnswer(this.reply, { ...HEADERS, date }, begin);
  }

  protected deliver({ frames }: Delivery): void {
    this.write(frames);
  }

  lacks({ count, mark }: People): boolean {
    return this.receivesNames ? this.shownMark !== mark : this.shownCount !== count;
  }

  showPeople({ count, mark }: People, headline: Buffer): void {
    this.shownCount = count;
    if (this.receivesNames) this.shownMark = mark;
    this.write(headline);
  }

  keepAlive(): void {
    this.write(ALIVE);
  }

  dismiss(reason: RemovalReason): void {
    this.end(this.wasSentRemoved ? '' : liveFrameOf('removed', { reason }));
  }

  sendElsewhere(milliseconds: number): void {
    this.end(`retry: ${milliseconds}\n: connect again\n\n`);
  }

  hasHadItsTime(now: number): boolean {
    return now >= this.endsAt;
  }

  renew(): void {
    this.sendElsewhere(Math.round(Math.random() * RENEWAL_MS));
  }

  private write(bytes: Buffer | string): void {
    const { out } = this;
    if (!out || this.isOver) return;
    // Earlier bytes count, so that nobody is disconnected for bytes they had no time to read.
    if (out.writableLength <= MOST_UNREAD) return void out.write(bytes);
    out.destroy();
    this.whenCut();
  }

  private end(lastWords: string): void {
    const { out, reply } = this;
    if (!out) return void reply.raw.destroy();
    if (out.destroyed || this.isEnding) return;
    this.isEnding = true;
    // A reader who does not read must not keep the connection or the server open.
    const timer = setTimeout(() => out.destroy(), LAST_WORDS_MS).unref();
    out.once('close', () => clearTimeout(timer));
    // Node has already ended its half if the client has ended the other half.
    if (out.writableEnded) return;
    out.end(lastWords);
    out.once('finish', () => {
      noteEnd(reply.request);
      out.destroy();
    });
  }
}

function spreadBy(jitter: number): number {
  return 1 + jitter * (2 * Math.random() - 1);
}
