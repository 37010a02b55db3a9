// Runs `npm run model`: spin searches the correct version and every mutant, and this prints the
// results. `--trail <mutant>` prints how a mutant breaks its promise.
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { complaintOf, readResult } from './judge.mjs';
import { check, missingTool, trailOf } from './spin.mjs';
import { CORRECT, CUT_SHORT, IDLE, MUTANTS, PROMISES, VERSIONS } from './versions.mjs';

const say = (line) => void process.stdout.write(`${line}\n`);

/** Exits with a sentence. */
function fail(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}

function readTrail() {
  const names = MUTANTS.map(({ name }) => name).join(', ');
  let wanted;
  try {
    wanted = parseArgs({ options: { trail: { type: 'string' } } }).values.trail;
  } catch {
    fail(`The only option is --trail <mutant>; the mutants are ${names}.`);
  }
  const mutant = MUTANTS.find(({ name }) => name === wanted);
  if (wanted !== undefined && !mutant)
    fail(`The mutant “${wanted}” does not exist; the mutants are ${names}.`);
  return mutant;
}

function inTemporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-model-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
  return folder;
}

/**
 * Returns the results of all versions, in order; runs as many searches at the same time as there
 * are cores.
 */
async function checkAll(versions, folder) {
  const results = new Map(versions.map((version) => [version, undefined]));
  const left = versions.entries();
  const work = async () => {
    for (const [index, version] of left) {
      const { output, seconds } = await check(version, join(folder, String(index)));
      results.set(version, { ...readResult(output), seconds });
    }
  };
  await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, work));
  return results;
}

function printTable(results) {
  const rows = VERSIONS.map((version) => {
    const result = results.get(version);
    const complaint = complaintOf(version, result);
    const expected = version.breaks
      ? `breaks “${PROMISES[version.breaks]}”`
      : 'holds, all searched';
    const cells = [version.name, expected, complaint ? 'NO' : 'yes'];
    return [...cells, String(result.states), result.seconds.toFixed(1)];
  });
  const table = [['version', 'expected', 'so?', 'states', 'seconds'], ...rows];
  const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column].length)));
  for (const row of table)
    say(
      row.map((cell, i) => (i < 3 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  '),
    );
}

/** Results that must be refused; otherwise a table without complaints would mean nothing. */
function blindSpots(results) {
  const [mutant] = MUTANTS;
  const canaries = [
    ['an error in the correct version', CORRECT, results.get(mutant)],
    ['a mutant that survives', mutant, results.get(CORRECT)],
    ['a search that was cut short', CUT_SHORT, results.get(CUT_SHORT)],
    ['a model in which nothing happens', IDLE, results.get(IDLE)],
  ];
  return canaries
    .filter(([, version, result]) => complaintOf(version, result) === undefined)
    .map(([what]) => `The check itself is broken: it accepts ${what}.`);
}

async function checkEverything(folder) {
  const results = await checkAll([...VERSIONS, CUT_SHORT, IDLE], folder);
  printTable(results);
  const complaints = VERSIONS.map((version) => [
    version.name,
    complaintOf(version, results.get(version)),
  ])
    .filter(([, complaint]) => complaint !== undefined)
    .map(([name, complaint]) => `${name}: ${complaint}.`);
  // The canaries use results of other versions, and say nothing about the check if those are wrong.
  if (complaints.length === 0) complaints.push(...blindSpots(results));
  if (complaints.length > 0) fail(complaints.join('\n'));
  say('The protocol keeps its promises, and every mutant is caught. Canaries refused: 4 of 4.');
}

async function printTrail(mutant, folder) {
  const { output } = await check(mutant, join(folder, 'trail'));
  const complaint = complaintOf(mutant, readResult(output));
  if (complaint !== undefined) fail(`${mutant.name}: ${complaint}.`);
  say(`How ${mutant.name} breaks “${PROMISES[mutant.breaks]}”:`);
  for (const line of await trailOf(mutant, join(folder, 'trail'))) say(`  ${line}`);
}

const mutant = readTrail();
const missing = await missingTool();
if (missing !== undefined) fail(missing);
try {
  const folder = inTemporaryFolder();
  await (mutant ? printTrail(mutant, folder) : checkEverything(folder));
} catch (error) {
  fail(error.message);
}
