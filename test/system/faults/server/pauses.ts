/** Points at which a test server can be held up. */
export const POINTS = ['before acquire', 'before call', 'before publish', 'after publish'] as const;
export type Point = (typeof POINTS)[number];

/** A message from the test to the server. */
export type Order =
  { readonly hold: Point } | { readonly release: Point } | { readonly fence: 'on' | 'off' };

/** A message from the server to the test: a mint has stopped at this point. */
export interface Reached {
  readonly reached: Point;
}
