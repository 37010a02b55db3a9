import { rightsEndedBy } from '../../platform/room-events/room-events.schema.js';
import type { DataOf, EventType } from './feed.schema.js';

export function frameOf(type: string, data: string, id?: string): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${type}\ndata: ${data}\n\n`;
}

/** The text of an event that is sent immediately, and not kept. */
export function liveFrameOf<Type extends EventType>(
  type: Type,
  data: DataOf<Type>,
  id?: string,
): string {
  return frameOf(type, JSON.stringify(data), id);
}

/** A row of `room_events`, read once for all listeners of the room on this replica. */
export interface EventRow {
  readonly roomId: string;
  readonly id: string;
  /** A kept type, or a type of a newer release. */
  readonly type: string;
  readonly userId: string | null;
  readonly sessionId: string | null;
  readonly data: string;
  readonly at: Date;
}

/** An event of a room, serialised once for all listeners. */
export class FeedEvent {
  readonly roomId: string;
  readonly id: number;
  readonly type: string;
  readonly at: Date;
  private bytes: Buffer | undefined;

  constructor(private readonly row: EventRow) {
    this.roomId = row.roomId;
    this.id = Number(row.id);
    this.type = row.type;
    this.at = row.at;
  }

  get data(): Record<string, unknown> {
    return JSON.parse(this.row.data) as Record<string, unknown>;
  }

  get frame(): Buffer {
    this.bytes ??= Buffer.from(frameOf(this.type, this.row.data, this.row.id));
    return this.bytes;
  }

  /** The user and the session that it is addressed to; empty if it concerns everybody. */
  get addressees(): string[] {
    return [this.row.userId, this.row.sessionId].filter((each) => each !== null);
  }

  isFor(userId: string, sessionId: string): boolean {
    const { row } = this;
    return (
      (row.userId === null || row.userId === userId) &&
      (row.sessionId === null || row.sessionId === sessionId)
    );
  }

  get endsRights(): boolean {
    return rightsEndedBy(this.type) !== false;
  }

  endsRightOf(userId: string, sessionId: string): boolean {
    switch (rightsEndedBy(this.type)) {
      case 'of all':
        return true;
      case 'of its user':
        return this.row.userId !== null && this.isFor(userId, sessionId);
      case false:
        return false;
    }
  }
}
