export interface KeptSeat {
  readonly seatId: string | null;
  readonly isOver: boolean;
  /** When it was last touched, in monotonic milliseconds. */
  readonly touchedAt: number;
}

/** Minimum number of seats to touch at a time, if so many are due. */
const LEAST = 1_000;
/** The part of the seats to touch at a time, unless more are urgent. */
const PART = 1 / 8;

/**
 * Returns the seats to touch now, the longest untouched first. Listeners who came together are due
 * together; they are spread over time, because a single large statement slows down joins. A seat is
 * due after `freshMs`, and urgent after twice that time.
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
