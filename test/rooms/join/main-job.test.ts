import { describe, expect, it } from 'vitest';
import { useApp } from '../../support/app.js';

const server = useApp();
describe('everyone who joins a room', () => {
  it('gets the same token, from one call to CAS', async () => {
    const room = await server.createRoom();
    const [ann, ben] = await Promise.all([server.signUp('Ann'), server.signUp('Ben')]);
    const grants = await Promise.all([server.join(ann, room), server.join(ben, room)]);
    const [first, second] = grants;
    expect(second?.token).toBe(first?.token);
    expect(second?.fingerprint).toBe(first?.fingerprint);
    expect(grants.map(({ generation }) => generation)).toEqual([1, 1]);
    expect(grants.map(({ participant }) => participant.displayName)).toEqual(['Ann', 'Ben']);
    expect(server.cas.stats().tokens).toBe(1);
  });
});
