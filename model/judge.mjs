// Decides from the output of pan whether a version did what it must.
import { PROMISES } from './versions.mjs';

/** Unreached ends of processes are no gaps, because all processes of the model run forever. */
function unreachedIn(output) {
  const lines = output.matchAll(/^\t\S+\.pml:(\d+), state \d+, "(.*)"$/gm);
  return Array.from(lines).filter(([, , statement]) => statement !== '-end-');
}

export function readResult(output) {
  const errors = /\berrors: (\d+)/.exec(output)?.[1];
  const states = /^\s*(\d[\d.e+]*) states, stored/m.exec(output)?.[1];
  const cut = /Search not completed|max search depth too small|out of memory|^pan: error/m;
  return {
    errors: Number(errors ?? NaN),
    states: Number(states ?? NaN),
    // A bitstate search prints different words here.
    exhaustive: /^Full statespace search/m.test(output) && !cut.test(output),
    broken: /^pan:\d+: (assertion violated|acceptance cycle)/m.exec(output)?.[1],
    unreached: unreachedIn(output).map(([, line]) => Number(line)),
  };
}

/** @returns why the version did not do what it must; undefined if it did */
export function complaintOf(version, result) {
  const { errors, states, exhaustive, broken, unreached } = result;
  if (Number.isNaN(errors) || Number.isNaN(states)) return 'the search gave no result';
  if (version.breaks !== undefined) {
    const sign = version.breaks === 'HANDED_OUT' ? 'acceptance cycle' : 'assertion violated';
    if (errors > 0 && broken === sign) return undefined;
    return `the mutant survived: “${PROMISES[version.breaks]}” still holds`;
  }
  if (errors > 0) return `it has an error (${broken ?? 'an end that is none'})`;
  if (!exhaustive) return 'the search was not exhaustive';
  if (version.reachesAll && unreached.length > 0)
    return `it holds only because events are missing: line ${unreached.join(', ')} is never reached`;
  return undefined;
}
