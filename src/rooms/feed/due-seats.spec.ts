import { describe, expect, it } from 'vitest';
import { dueSeats, type KeptSeat } from './due-seats.js';

const FRESH_MS = 20_000;
const CROWD = 16_000;

type Seat = KeptSeat & { touchedAt: number };

const crowdOf = (size: number, touchedAt = 0): Seat[] =>
  Array.from({ length: size }, (_, place) => ({ seatId: `${place}`, isOver: false, touchedAt }));

describe('the seats that listeners keep', () => {
  it('are touched in parts when a whole crowd is due, each seat before it is due again', () => {
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
      // Slow enough that the first seats are due again before the last seats were touched.
      now += FRESH_MS / 7;
    }
  });

  it('are all touched at once after an outage, because they would end otherwise', () => {
    expect(dueSeats(crowdOf(CROWD), FRESH_MS, 2 * FRESH_MS + 1)).toHaveLength(CROWD);
  });

  it('are touched at once if the time of their last touch is unknown', () => {
    const crowd = [...crowdOf(CROWD), ...crowdOf(3_000, -Infinity)];
    const some = dueSeats(crowd, FRESH_MS, FRESH_MS + 1);
    expect(some.filter(({ touchedAt }) => touchedAt === -Infinity)).toHaveLength(3_000);
  });

  it('are not touched if they are fresh, or if their listener has left or has no seat', () => {
    const gone = crowdOf(1).map((seat) => ({ ...seat, isOver: true }));
    const host = crowdOf(1).map((seat) => ({ ...seat, seatId: null }));
    const fresh = crowdOf(1, 10_000);
    expect(dueSeats([...gone, ...host, ...fresh], FRESH_MS, FRESH_MS + 1)).toEqual([]);
  });
});
