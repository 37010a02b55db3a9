// spin generates a C program from the model, the C compiler builds it, and it searches.
import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

const MODEL = 'room-token.pml';
const PARTS = [MODEL, 'guards.pml'];
const INSTALL = 'on Debian, apt-get install spin gcc';
const LONGEST_MS = 300_000;

/** Resolves to the output of a program, whatever its exit code, which pan does not use. */
function run(program, args, cwd) {
  const options = { cwd, timeout: LONGEST_MS, killSignal: 'SIGKILL', maxBuffer: 64 << 20 };
  return new Promise((done, failed) =>
    execFile(program, args, options, (error, stdout, stderr) => {
      if (error && (typeof error.code === 'string' || error.killed)) failed(error);
      else done({ code: error?.code ?? 0, output: stdout + stderr });
    }),
  );
}

async function mustSucceed(what, program, args, cwd) {
  const { code, output } = await run(program, args, cwd);
  if (code !== 0) throw new Error(`${what} failed:\n${output.trim()}`);
  return output;
}

/** @returns a sentence about the program to install first; undefined if none is missing */
export async function missingTool() {
  const versionOf = (program, argument) =>
    run(program, [argument], '.').then(
      ({ output }) => output,
      () => '',
    );
  if (!(await versionOf('spin', '-V')).startsWith('Spin Version'))
    return `The model checker spin (spinroot.com) is not installed: ${INSTALL}.`;
  if ((await versionOf('cc', '--version')) === '')
    return `There is no C compiler (cc), which spin needs: ${INSTALL}.`;
  return undefined;
}

/** @returns the output of pan, and the total seconds */
export async function check(version, folder) {
  const begun = performance.now();
  mkdirSync(folder);
  for (const part of PARTS) copyFileSync(join(import.meta.dirname, part), join(folder, part));
  await mustSucceed('spin', 'spin', [...version.flags, '-a', MODEL], folder);
  const compile = ['-w', ...version.compile, '-o', 'pan', 'pan.c'];
  await mustSucceed('The C compiler', 'cc', compile, folder);
  const { output } = await run(join(folder, 'pan'), version.search, folder);
  return { output, seconds: (performance.now() - begun) / 1000 };
}

/** The counterexample that `check` left in the folder: one line per event. */
export async function trailOf(version, folder) {
  const text = await mustSucceed('spin', 'spin', ['-t', ...version.flags, MODEL], folder);
  const [events = ''] = text.split(/^spin: trail ends/m);
  return events
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^(spin: |ltl |Never claim)/.test(line));
}
