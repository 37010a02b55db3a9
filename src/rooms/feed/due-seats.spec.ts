import { describe, expect, it } from 'vitest';
import { dueSeats, type KeptSeat } from './due-seats.js';

const FRESH_MS = 20_000;
const CROWD = 16_000;

type Seat = KeptSeat & { touchedAt: number };

const crowdOf = (size: number, touchedAt = 0): Seat[] =>
  Array.from({ length: size }, (_, place) => ({ seatId: `${place}`, isOver: false, touchedAt }));

describe('the seats that listeners keep', () => {
  it('are touched in parts where all of a crowd are due, each of them before it is due again', () => {
    const crowd = crowdOf(CROWD);
    const touched = new Set<Seat>();
    let now = FRESH_MS + 1;
    while (touched.size < CROWD) {
      const some = dueSeats(crowd, FRESH_MS, now);
      expect(some).toHaveLength(CROWD / 8);
      for (const seat of some) {
        expect(touched.has(seat)).toBe(false);
        touched.add(seat);
        seat.touchedAt = now;
      }
      // So slow that the first are due again before the last were touched.
      now += FRESH_MS / 7;
    }
  });

  it('are touched all at once after an outage, or they would be lost', () => {
    expect(dueSeats(crowdOf(CROWD), FRESH_MS, 2 * FRESH_MS + 1)).toHaveLength(CROWD);
  });

  it('are touched at once where nobody knows when they were touched', () => {
    const crowd = [...crowdOf(CROWD), ...crowdOf(3_000, -Infinity)];
    const some = dueSeats(crowd, FRESH_MS, FRESH_MS + 1);
    expect(some.filter(({ touchedAt }) => touchedAt === -Infinity)).toHaveLength(3_000);
  });

  it('are left alone where they are fresh, given up, or none', () => {
    const gone = crowdOf(1).map((seat) => ({ ...seat, isOver: true }));
    const host = crowdOf(1).map((seat) => ({ ...seat, seatId: null }));
    const fresh = crowdOf(1, 10_000);
    expect(dueSeats([...gone, ...host, ...fresh], FRESH_MS, FRESH_MS + 1)).toEqual([]);
  });
});
