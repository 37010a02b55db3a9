import { describe, expect, it } from 'vitest';
import { arrivalAt } from '../../../test/support/listeners.js';
import { KeepAlive, PART_MS, PARTS } from './keep-alive.js';
import type { Listener } from './listener.js';
import { ListenerRegistry } from './listener-registry.js';
import { LongPoll } from './long-poll.js';

const LISTENERS = 230;

/** A registry with `LISTENERS` listeners, and the number of writes to each. */
function crowd(): { registry: ListenerRegistry; writes: Map<Listener, number> } {
  const registry = new ListenerRegistry(LISTENERS);
  const writes = new Map<Listener, number>();
  for (let count = 0; count < LISTENERS; count += 1) {
    const listener = new (class extends LongPoll {
      override keepAlive(): void {
        writes.set(this, (writes.get(this) ?? 0) + 1);
      }
    })(arrivalAt(`room ${count % 3}`), { userId: 'user', sessionId: `session ${count}` }, 0);
    registry.enter(listener);
    registry.attach(listener);
    writes.set(listener, 0);
  }
  return { registry, writes };
}

describe('the keep-alive of streams', () => {
  it('writes to every listener once in a round, and to an equal part at a time', async () => {
    const { registry, writes } = crowd();
    const keepAlive = new KeepAlive(registry);
    const total = () => [...writes.values()].reduce((all, each) => all + each, 0);
    for (let part = 1; part <= PARTS; part += 1) {
      await keepAlive.writeToDueParts(part * PART_MS);
      expect(total()).toBe((part * LISTENERS) / PARTS);
    }
    expect(new Set(writes.values())).toEqual(new Set([1]));
  });

  it('writes to a listener in the next round even if other listeners left meanwhile', async () => {
    const { registry, writes } = crowd();
    const keepAlive = new KeepAlive(registry);
    for (let part = 0; part < 5; part += 1) await keepAlive.writeToDueParts(part * PART_MS);
    const leaving = [...writes.keys()].filter((_, place) => place % 2 === 0);
    for (const listener of leaving) registry.leave(listener);
    const before = new Map(writes);
    // Calls that come late, or too early, do not change when a part is due.
    for (const part of [5.4, 9, 9.1, 20.7, 4 + PARTS])
      await keepAlive.writeToDueParts(part * PART_MS);
    for (const [listener, count] of writes)
      expect(count - (before.get(listener) ?? 0)).toBe(leaving.includes(listener) ? 0 : 1);
  });
});
