import { describe, expect, it } from 'vitest';
import { type EventRow, FeedEvent } from './feed-event.js';
import { EventBatch } from './event-batch.js';

function event(id: number, row: Partial<EventRow> = {}): FeedEvent {
  const { userId = null, sessionId = null } = row;
  const { type = userId === null ? 'room.updated' : 'removed' } = row;
  return new FeedEvent({
    roomId: 'room',
    id: String(id),
    type,
    userId,
    sessionId,
    data: '{}',
    at: new Date(0),
  });
}

const batch = new EventBatch([
  event(4),
  event(5, { userId: 'ann' }),
  event(6, { userId: 'ben', sessionId: 'phone' }),
  event(7),
]);
const idsFor = (userId: string, sessionId = 'tv', after = 3) =>
  batch.deliveryFor(userId, sessionId, after).events.map(({ id }) => id);

describe('a batch of events of one room', () => {
  it('is serialized once for all listeners that no event names', () => {
    const [first, second] = ['cat', 'dan'].map((user) => batch.deliveryFor(user, user, 3));
    expect(second).toBe(first);
    expect(second?.frames).toBe(first?.frames);
    expect(first?.frames.toString()).toMatch(/^id: 4\n[^]*\n\nid: 7\n[^]*\n\n$/);
    expect(first?.includesRemoved).toBe(false);
  });

  it('delivers an event that names a user, or one of their sign-ins, to nobody else', () => {
    expect(idsFor('cat')).toEqual([4, 7]);
    expect(idsFor('ann')).toEqual([4, 5, 7]);
    expect(idsFor('ben', 'phone')).toEqual([4, 6, 7]);
    expect(idsFor('ben', 'tv')).toEqual([4, 7]);
    expect(batch.deliveryFor('ann', 'tv', 3).includesRemoved).toBe(true);
  });

  it('delivers only events after the last event of a listener', () => {
    expect(idsFor('cat', 'tv', 4)).toEqual([7]);
    expect(idsFor('ann', 'tv', 5)).toEqual([7]);
    expect(idsFor('ann', 'tv', 7)).toEqual([]);
  });

  it('may end the right of the user that an event names, or of everybody if it names nobody', () => {
    const removed = new EventBatch([event(5, { userId: 'ben', sessionId: 'phone' })]);
    expect(removed.endsRightOf('ben', 'phone')).toBe(true);
    expect([removed.endsRightOf('ben', 'tv'), removed.endsRightOf('ann', 'phone')]).toEqual([
      false,
      false,
    ]);
    expect(new EventBatch([event(7)]).endsRightOf('cat', 'tv')).toBe(true);
  });

  it.each(['token.moved', 'language.changed', 'constructor'])(
    'ends no right by an event of the type %s, which is not declared to end rights',
    (type) => {
      const batch = new EventBatch([event(5, { type }), event(6, { type, userId: 'ann' })]);
      expect(batch.endsRightOf('ann', 'tv')).toBe(false);
    },
  );
});
