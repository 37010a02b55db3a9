import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Gauge, Total } from '../../platform/metrics/metric.decorator.js';
import { refused } from '../../users/issuers/issuers.problems.js';
import { BatchLoader } from '../../platform/tasks/batch-loader.js';
import { NoSuchRoom } from '../../platform/http/problems.js';
import type { Reply } from '../../platform/http/request.js';
import type { Work } from '../../platform/http/request-work.js';
import { whenOver } from '../../platform/http/request-end.js';
import { ListenerRegistry } from './listener-registry.js';
import { EventStream } from './event-stream.js';
import { FeedRepository, PAGE } from './feed.repository.js';
import type { FollowRoom, RoomEvents, RoomState } from './feed.schema.js';
import type { Listener, Person } from './listener.js';
import { LongPoll } from './long-poll.js';
import { EventBatch } from './event-batch.js';
import { verdictOn } from './feed-access.policy.js';
import { type Arrival, FeedAccessRepository } from './feed-access.repository.js';

/** Milliseconds within which clients reconnect when a server shuts down. */
const RETRY_LEAST_MS = 500;
const RETRY_MOST_MS = 4_500;

/** The feeds of rooms, for people inside and for hosts. */
@Injectable()
export class FeedService implements OnModuleDestroy {
  private isClosing = false;
  private readonly countCut = () => (this.registry.cut += 1);
  private readonly states = new BatchLoader<RoomState>(
    (ids) => this.repository.readStates(ids),
    2,
    200,
  );

  constructor(
    private readonly access: FeedAccessRepository,
    private readonly repository: FeedRepository,
    private readonly registry: ListenerRegistry,
  ) {}

  @Gauge('feed_listeners', 'Open feeds.', 'listeners')
  @Total('feed_events_total', 'Delivered events, counted per listener.', 'delivered')
  @Total('feed_cut_total', 'Feeds closed because the reader was too slow.', 'cut')
  get figures(): { listeners: number; delivered: number; cut: number } {
    const { size: listeners, delivered, cut } = this.registry;
    return { listeners, delivered, cut };
  }

  /** Streams the events after the number `after`, or from now on. @throws {NotInRoom} */
  async stream(room: string, after: string | undefined, person: Person, reply: Reply) {
    const arrival = await this.admit(room, person);
    const stream = new EventStream(arrival, person, 0, reply, this.countCut);
    await this.listen(stream, arrival, after, reply);
  }

  /** Returns existing events immediately, or waits for the first new event. @throws {NotInRoom} */
  async poll(
    room: string,
    { after, wait }: FollowRoom,
    person: Person & { readonly work: Work },
    reply: Reply,
  ): Promise<RoomEvents> {
    const arrival = await this.admit(room, person);
    const poll = new LongPoll(arrival, person, arrival.lastEventId);
    if (after !== undefined) {
      let timer: NodeJS.Timeout | undefined;
      try {
        await this.listen(poll, arrival, after, reply);
        // Only now, so that existing events are returned even with `wait=0`.
        timer = setTimeout(() => poll.sendElsewhere(), wait * 1_000);
        await person.work.whileWaiting(() => poll.ended);
      } finally {
        clearTimeout(timer);
        this.registry.leave(poll);
      }
    }
    return poll.answer(await this.stateOf(arrival.roomId));
  }

  /**
   * Makes all clients reconnect, spread over time. It is the first step of a shutdown, because the
   * tasks that serve the feeds end next.
   */
  onModuleDestroy(): void {
    this.isClosing = true;
    for (const listener of this.registry.listeners) this.sendElsewhere(listener);
  }

  private async admit(room: string, person: Person): Promise<Arrival> {
    const { seenAt, tokenEndsAt } = person;
    if (seenAt && tokenEndsAt && tokenEndsAt <= seenAt) throw refused('expired');
    const arrival = await this.access.read(room, person);
    if (!arrival) throw new NoSuchRoom();
    const verdict = verdictOn(arrival.feedAccess, arrival.feedAccess.seatId);
    if (verdict) throw verdict.problem;
    return arrival;
  }

  private async listen(
    listener: Listener,
    arrival: Arrival,
    after: string | undefined,
    reply: Reply,
  ): Promise<void> {
    whenOver(reply, () => {
      listener.sendElsewhere(0);
      this.registry.leave(listener);
    });
    // The client may have disconnected during the admission.
    if (listener.isOver) return;
    this.registry.enter(listener);
    let hasCaughtUp = false;
    try {
      await this.catchUp(listener, arrival, numberOf(after) ?? arrival.lastEventId);
      hasCaughtUp = true;
    } catch (error) {
      // After the first bytes of a stream, an error can no longer be answered.
      if (!reply.sent) throw error;
      listener.sendElsewhere(0);
    } finally {
      if (!hasCaughtUp) this.registry.leave(listener);
    }
    if (this.isClosing) this.sendElsewhere(listener);
  }

  /** Sends missed events. Numbers have no gaps: a missing next number is not kept any more. */
  private async catchUp(listener: Listener, arrival: Arrival, after: number): Promise<void> {
    const { roomId, lastEventId } = arrival;
    let batch = await this.eventsAfter(after < lastEventId ? after : undefined, roomId);
    const isReset = after < lastEventId ? batch.first !== after + 1 : after > lastEventId;
    listener.cursor = isReset ? lastEventId : after;
    listener.begin(await this.stateOf(roomId), isReset);
    if (isReset) batch = new EventBatch([]);
    while (!listener.isOver) {
      listener.receive(batch);
      if (batch.size < PAGE && this.registry.attach(listener)) return;
      batch = await this.eventsAfter(listener.cursor, roomId);
    }
  }

  private async eventsAfter(after: number | undefined, roomId: string): Promise<EventBatch> {
    return new EventBatch(
      after === undefined ? [] : await this.repository.findEvents([roomId], [after]),
    );
  }

  private async stateOf(roomId: string): Promise<RoomState> {
    const state = await this.states.get(roomId);
    if (!state) throw new NoSuchRoom();
    return state;
  }

  private sendElsewhere(listener: Listener): void {
    const spread = Math.random() * (RETRY_MOST_MS - RETRY_LEAST_MS);
    listener.sendElsewhere(Math.round(RETRY_LEAST_MS + spread));
  }
}

/** Returns the number of an event; Infinity for an invalid number, undefined for none. */
function numberOf(after: string | undefined): number | undefined {
  if (after === undefined) return undefined;
  return /^\d{1,15}$/.test(after) ? Number(after) : Infinity;
}
