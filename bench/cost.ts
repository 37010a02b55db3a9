import type { Round } from './server-under-test.js';
import { cpuOfAll } from './cpu.js';
import { median } from './median.js';

/** A round of load, with the CPU time that Postgres used for it. */
export interface Cost extends Round {
  readonly postgresMicroseconds: number;
}

/** @param pid of a Postgres that does nothing else in the meantime */
export async function costOf(pid: number, work: () => Promise<Round>): Promise<Cost> {
  const before = cpuOfAll(pid);
  const round = await work();
  return { ...round, postgresMicroseconds: cpuOfAll(pid) - before };
}

export const rateOf = ({ requests, seconds }: Round) => requests / seconds;
export const ofServer = ({ cpuMicroseconds, requests }: Cost) => cpuMicroseconds / requests;
const ofPostgres = (cost: Cost) => cost.postgresMicroseconds / cost.requests;
export const inAll = (cost: Cost) => ofServer(cost) + ofPostgres(cost);

/** The median ratio of the costs of two servers, round by round. */
export const ratioOf = (
  one: readonly Cost[],
  other: readonly Cost[],
  pick: (cost: Cost) => number,
) => median(one.map((cost, round) => pick(cost) / pick(other[round] as Cost)));

export function describeCosts(name: string, costs: readonly Cost[]): string {
  const times = (pick: (cost: Cost) => number) => {
    const each = costs.map(pick);
    return `min ${Math.min(...each).toFixed(0)}, median ${median(each).toFixed(0)} µs`;
  };
  return (
    `${name}: server ${times(ofServer)}; Postgres ${times(ofPostgres)}; ` +
    `${median(costs.map(rateOf)).toFixed(0)} a second`
  );
}
