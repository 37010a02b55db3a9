/** Which form of the tests runs, as the command line of `npm run test:faults` says. */
export const isLong = process.env['FAULTS_FORM'] === 'long';

/** Everything random comes from it. */
export const seed = Number(process.env['FAULTS_SEED'] ?? 1);

/**
 * What a promised time is held against: itself in the long form, which is run on a quiet machine; a
 * machine that does other things as well is late through no fault of the server.
 */
export const allowed = (milliseconds: number): number => milliseconds * (isLong ? 1 : 2);

/** A figure that was measured, for whoever reads the output. */
export function noteFigure(text: string): void {
  process.stdout.write(`  figure: ${text}\n`);
}
