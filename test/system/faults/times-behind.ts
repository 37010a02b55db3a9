/** The time at which a client received a generation, in monotonic milliseconds. */
export interface Step {
  readonly generation: number;
  readonly at: number;
}

/** How long a client was on an older generation than some other client, at a move. */
export interface TimeBehind {
  readonly client: number;
  /** The generation that the other client already had. */
  readonly generation: number;
  readonly milliseconds: number;
}

/**
 * Returns an entry for each client and move, except moves before the client's first generation. A
 * client that has not caught up by the end counts as behind until then; a client that enters later
 * counts from that moment.
 * @param walks the generations that each client received, in order
 */
export function timesBehind(walks: readonly (readonly Step[])[], end: number): TimeBehind[] {
  const firsts = new Map<number, number>();
  for (const { generation, at } of walks.flat())
    firsts.set(generation, Math.min(at, firsts.get(generation) ?? Infinity));
  return [...firsts].flatMap(([generation, movedAt]) =>
    walks.flatMap((walk, client) => {
      const [first] = walk;
      if (!first || first.generation >= generation) return [];
      const caughtUpAt = walk.find((step) => step.generation >= generation)?.at ?? end;
      const milliseconds = Math.max(0, caughtUpAt - Math.max(movedAt, first.at));
      return [{ client, generation, milliseconds }];
    }),
  );
}
