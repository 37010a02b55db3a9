/** Who had which generation since when, in monotonic milliseconds. */
export interface Step {
  readonly generation: number;
  readonly at: number;
}

/** How long one client was on an older generation than some other one, at a move. */
export interface TimeBehind {
  readonly client: number;
  /** The generation that the other one had already. */
  readonly generation: number;
  readonly milliseconds: number;
}

/**
 * One for each client and move, the first of them excepted. Whoever has not caught up by the end
 * counts as behind until then; whoever comes to the room later, from that moment.
 * @param walks what each client was given, in order
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
