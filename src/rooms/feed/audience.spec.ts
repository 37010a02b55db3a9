import { describe, expect, it } from 'vitest';
import { Overloaded, RateLimited } from '../../platform/http/problems.js';
import { Audience } from './audience.js';
import { LongPoll } from './long-poll.js';
import type { Arrival } from './standing.repository.js';
import type { Standing } from './standing.js';

const standing: Standing = {
  isRoom: true,
  isSession: true,
  account: 'active',
  role: 'user',
  memberRole: 'participant',
  access: 'members',
  guest: null,
  isBanned: false,
  bannedUntil: null,
  phase: 'open',
  seatId: 'seat',
};

function listener(sessionId: string, roomId = 'room', cursor = 0): LongPoll {
  const arrival: Arrival = { roomId, standing, mark: '', isFresh: true, lastEventId: 0 };
  return new LongPoll(arrival, { userId: 'user', sessionId }, cursor);
}

describe('an audience', () => {
  it('takes no more than there is room for, until somebody leaves', () => {
    const audience = new Audience(2);
    const [one, two, three] = ['a', 'b', 'c'].map((session) => listener(session));
    audience.enter(one as LongPoll);
    audience.enter(two as LongPoll);
    expect(() => audience.enter(three as LongPoll)).toThrow(Overloaded);
    audience.leave(one as LongPoll);
    audience.leave(one as LongPoll);
    audience.enter(three as LongPoll);
    expect(audience.size).toBe(2);
  });

  it('has the oldest feed of a sign-in make way in the same room, and refuses in another', () => {
    const audience = new Audience(100);
    const feeds = Array.from({ length: 9 }, () => listener('a'));
    for (const feed of feeds) audience.enter(feed);
    expect(feeds.map(({ isOver }) => isOver)).toEqual([true, ...Array(8).fill(false)]);
    expect(() => audience.enter(listener('a', 'other'))).toThrow(RateLimited);
    audience.enter(listener('b', 'other'));
    expect(audience.size).toBe(9);
  });

  it('attaches nobody who has yet to catch up with what the others were told', () => {
    const audience = new Audience(100);
    const first = listener('a', 'room', 5);
    expect(audience.attach(first)).toBe(true);
    expect(audience.attach(listener('b', 'room', 4))).toBe(false);
    expect(audience.attach(listener('b', 'room', 5))).toBe(true);
    expect(audience.attach(listener('c', 'other', 0))).toBe(true);
    expect(audience.rooms.map(({ cursor }) => cursor)).toEqual([5, 0]);
  });
});
