export const PHASES = ['scheduled', 'open', 'locked', 'closed'] as const;
export type Phase = (typeof PHASES)[number];

/** SQL for the phase of the row `room` of `rooms` at a time, by the database's clock. */
export function phaseOf(room: string, at: string): string {
  return `case when ${room}.status = 'closed' or ${room}.closes_at <= ${at} then 'closed'
               when ${room}.opens_at > ${at} then 'scheduled'
               else ${room}.status end`;
}

/** SQL for whether hosts may already enter. */
export function earlyEntryOf(room: string, at: string): string {
  return `${room}.opens_at - make_interval(secs => ${room}.early_entry_seconds) <= ${at}`;
}
