// From what pan printed to whether a version did what it must.
import { PROMISES } from './versions.mjs';

/** An end that a process of the model never comes to is no gap: all of them go round for ever. */
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
    // Never of a bitstate search, which says so in place of these words.
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
    return `it holds for want of events: line ${unreached.join(', ')} is never reached`;
  return undefined;
}
