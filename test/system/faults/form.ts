/** The form of the tests, chosen on the command line of `npm run test:faults`. */
export const isLong = process.env['FAULTS_FORM'] === 'long';

/** The seed of all random choices. */
export const seed = Number(process.env['FAULTS_SEED'] ?? 1);

/**
 * The limit for a promised time. The long form runs on a quiet machine and uses the promise itself;
 * on a busy machine delays are not the server's fault, so the limit is wider.
 */
export const allowed = (milliseconds: number): number => milliseconds * (isLong ? 1 : 2);

/** Prints a measured figure. */
export function noteFigure(text: string): void {
  process.stdout.write(`  figure: ${text}\n`);
}
