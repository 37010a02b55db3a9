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

describe('the events of a room in one batch', () => {
  it('is written out once for all whom no event names', () => {
    const [one, other] = ['cat', 'dan'].map((user) => batch.deliveryFor(user, user, 3));
    expect(other).toBe(one);
    expect(other?.frames).toBe(one?.frames);
    expect(one?.frames.toString()).toMatch(/^id: 4\n[^]*\n\nid: 7\n[^]*\n\n$/);
    expect(one?.includesRemoved).toBe(false);
  });

  it('holds what names a user, or one session of theirs, for nobody else', () => {
    expect(idsFor('cat')).toEqual([4, 7]);
    expect(idsFor('ann')).toEqual([4, 5, 7]);
    expect(idsFor('ben', 'phone')).toEqual([4, 6, 7]);
    expect(idsFor('ben', 'tv')).toEqual([4, 7]);
    expect(batch.deliveryFor('ann', 'tv', 3).includesRemoved).toBe(true);
  });

  it('begins where a listener is who has heard a part of it', () => {
    expect(idsFor('cat', 'tv', 4)).toEqual([7]);
    expect(idsFor('ann', 'tv', 5)).toEqual([7]);
    expect(idsFor('ann', 'tv', 7)).toEqual([]);
  });

  it('names the people whose rights are checked: the addressees of an event, or everybody', () => {
    const removed = new EventBatch([event(5, { userId: 'ben', sessionId: 'phone' })]);
    expect(removed.endsRightOf('ben', 'phone')).toBe(true);
    expect([removed.endsRightOf('ben', 'tv'), removed.endsRightOf('ann', 'phone')]).toEqual([
      false,
      false,
    ]);
    expect(new EventBatch([event(7)]).endsRightOf('cat', 'tv')).toBe(true);
  });

  it.each(['token.moved', 'language.changed', 'constructor'])(
    'ends no right by an event of the type %s, whose row in the table does not say so',
    (type) => {
      const batch = new EventBatch([event(5, { type }), event(6, { type, userId: 'ann' })]);
      expect(batch.endsRightOf('ann', 'tv')).toBe(false);
    },
  );
});
