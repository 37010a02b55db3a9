/** A seat that is kept by listening. */
export interface KeptSeat {
  readonly seatId: string | null;
  readonly isOver: boolean;
  /** When it was touched, monotonic milliseconds. */
  readonly touchedAt: number;
}

/** Seats that are touched at one time at least, if so many are due. */
const LEAST = 1_000;
/** The part of the listeners whose seats are touched at one time, unless more are urgent. */
const PART = 1 / 8;

/**
 * The seats to touch now, those first that were touched longest ago. Listeners who came together are
 * due together; they are spread over time, because one statement for all slows down joins.
 * @param freshMs milliseconds after which a seat is due; after twice that it is urgent
 * @param now monotonic milliseconds
 */
export function dueSeats<Seat extends KeptSeat>(
  listeners: readonly Seat[],
  freshMs: number,
  now: number,
): Seat[] {
  const due = listeners
    .filter(
      ({ seatId, isOver, touchedAt }) => seatId !== null && !isOver && now - touchedAt > freshMs,
    )
    .sort((one, other) => one.touchedAt - other.touchedAt);
  const urgent = due.filter(({ touchedAt }) => now - touchedAt > 2 * freshMs).length;
  return due.slice(0, Math.max(LEAST, urgent, Math.ceil(listeners.length * PART)));
}
