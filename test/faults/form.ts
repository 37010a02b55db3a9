/** Which form of the tests runs, as the command line of `npm run test:faults` says. */
export const isLong = process.env['FAULTS_FORM'] === 'long';

/** Everything random comes from it. */
export const seed = Number(process.env['FAULTS_SEED'] ?? 1);

/** A figure that was measured, for whoever reads the output. */
export function noteFigure(text: string): void {
  process.stdout.write(`  figure: ${text}\n`);
}
