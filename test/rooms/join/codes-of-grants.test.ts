import { beforeAll, describe, expect, it } from 'vitest';
import { useApp } from '../../support/app.js';
import { Backend, somebody } from '../../support/backend.js';
import '../../support/expect-problem.js';

const server = useApp();
let backend: Backend;

beforeAll(async () => {
  backend = await Backend.create(server.admin);
});

describe('wrong access codes of a backend', () => {
  it('do not refuse the right code of another person, because all share its address', async () => {
    const room = await server.createRoom({ accessCode: 'sesame' });
    for (let guess = 0; guess < 40; guess += 1)
      expect(
        (await backend.ask(room, { externalId: somebody(), accessCode: 'wrong' })).status,
      ).toBe(403);
    expect((await backend.ask(room, { externalId: somebody(), accessCode: 'sesame' })).status).toBe(
      200,
    );
  });

  it('are limited for a room, because a backend may name any number of people', async () => {
    const room = await server.createRoom({ accessCode: 'sesame' });
    const guess = async () =>
      (await backend.ask(room, { externalId: somebody(), accessCode: 'wrong' })).status;
    const statuses: number[] = [];
    while (statuses.length < 600 && !statuses.includes(429))
      statuses.push(...(await Promise.all(Array.from({ length: 20 }, guess))));
    expect(statuses.length).toBeGreaterThanOrEqual(300);
    expect(new Set(statuses)).toEqual(new Set([403, 429]));
    const counters = () => server.database.query(`select from throttles`);
    const before = await counters();
    expect(await guess()).toBe(429);
    expect(await counters()).toHaveLength(before.length);
  });

  it('of the same person are limited', async () => {
    const room = await server.createRoom({ accessCode: 'sesame' });
    const externalId = somebody();
    const statuses: number[] = [];
    for (let guess = 0; guess < 12; guess += 1)
      statuses.push((await backend.ask(room, { externalId, accessCode: 'wrong' })).status);
    expect(statuses.at(-1)).toBe(429);
  });
});

describe('a backend that waits for a room to open', () => {
  it('opens no session, so its later grants are not limited by the pace of sign-ins', async () => {
    const room = await server.createRoom({ opensAt: '2999-01-01T00:00:00Z' });
    const externalId = somebody();
    for (let turn = 0; turn < 105; turn += 1)
      expect((await backend.ask(room, { externalId })).status).toBe(409);
  });
});
