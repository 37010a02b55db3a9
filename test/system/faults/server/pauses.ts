/** Where a server of the test's own can be held up. */
export const POINTS = ['before acquire', 'before call', 'before publish', 'after publish'] as const;
export type Point = (typeof POINTS)[number];

/** From the test to the server. */
export type Order =
  { readonly hold: Point } | { readonly release: Point } | { readonly fence: 'on' | 'off' };

/** From the server to the test: a mint stands at this point. */
export interface Reached {
  readonly reached: Point;
}
