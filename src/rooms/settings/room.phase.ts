export const PHASES = ['scheduled', 'open', 'locked', 'closed'] as const;
export type Phase = (typeof PHASES)[number];

/**
 * SQL for the phase of a room at a time.
 * @param room alias of the row of `rooms`
 * @param at an expression for the time, by the database's clock
 */
export function phaseOf(room: string, at: string): string {
  return `case when ${room}.status = 'closed' or ${room}.closes_at <= ${at} then 'closed'
               when ${room}.opens_at > ${at} then 'scheduled'
               else ${room}.status end`;
}

/** SQL for whether hosts may already enter. */
export function earlyEntryOf(room: string, at: string): string {
  return `${room}.opens_at - make_interval(secs => ${room}.early_entry_seconds) <= ${at}`;
}
