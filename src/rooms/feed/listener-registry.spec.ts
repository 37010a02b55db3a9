import { describe, expect, it } from 'vitest';
import { arrivalAt } from '../../../test/support/listeners.js';
import { Overloaded, RateLimited } from '../../platform/http/problems.js';
import { ListenerRegistry } from './listener-registry.js';
import { LongPoll } from './long-poll.js';

function listener(sessionId: string, roomId = 'room', cursor = 0): LongPoll {
  return new LongPoll(arrivalAt(roomId), { userId: 'user', sessionId }, cursor);
}

describe('a registry of listeners', () => {
  it('refuses another listener when it is full, until a listener leaves', () => {
    const registry = new ListenerRegistry(2);
    const [first, second, third] = ['a', 'b', 'c'].map((session) => listener(session));
    registry.enter(first as LongPoll);
    registry.enter(second as LongPoll);
    expect(() => registry.enter(third as LongPoll)).toThrow(Overloaded);
    registry.leave(first as LongPoll);
    registry.leave(first as LongPoll);
    registry.enter(third as LongPoll);
    expect(registry.size).toBe(2);
  });

  it('ends the oldest feed of a sign-in for a ninth in the same room, and refuses it in another', () => {
    const registry = new ListenerRegistry(100);
    const feeds = Array.from({ length: 9 }, () => listener('a'));
    for (const feed of feeds) registry.enter(feed);
    expect(feeds.map(({ isOver }) => isOver)).toEqual([true, ...Array(8).fill(false)]);
    expect(() => registry.enter(listener('a', 'other'))).toThrow(RateLimited);
    registry.enter(listener('b', 'other'));
    expect(registry.size).toBe(9);
  });

  it('does not attach a listener that is behind the other listeners of its room', () => {
    const registry = new ListenerRegistry(100);
    const first = listener('a', 'room', 5);
    expect(registry.attach(first)).toBe(true);
    expect(registry.attach(listener('b', 'room', 4))).toBe(false);
    expect(registry.attach(listener('b', 'room', 5))).toBe(true);
    expect(registry.attach(listener('c', 'other', 0))).toBe(true);
    expect(registry.rooms.map(({ cursor }) => cursor)).toEqual([5, 0]);
  });
});
