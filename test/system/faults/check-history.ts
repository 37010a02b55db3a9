import type { CasCall } from '../../../sandbox/cas/cas-stats.js';
import { checkPromise, type Clause, type Sight } from '../../support/history/promise.js';
import type { Grant, History, Join } from './history.js';

/** A place where a history breaks the promise. */
export interface Breach {
  readonly rule: Clause;
  readonly room: string;
  readonly detail: string;
}

type Granted = Join & { readonly grant: Grant };
const isGranted = (join: Join): join is Granted => join.grant !== undefined;
const sightOf = ({ grant, startedAt, endedAt }: Granted): Sight => ({
  ...grant,
  startedAt,
  endedAt,
});

/** Returns every breach of the promise of one room, one token; an empty list means there is none. */
export function checkHistory({ joins, publishes, calls }: History): Breach[] {
  const granted = joins.filter(isGranted);
  const seen = groupBy(granted, ({ room }) => room);
  const published = groupBy(publishes, ({ room }) => room);
  const rooms = [...new Set([...seen.keys(), ...published.keys()])];
  const broken = rooms.flatMap((room) => {
    const sights = (seen.get(room) ?? []).map(sightOf);
    const own = (published.get(room) ?? []).map((publish) => ({
      ...publish,
      isRekey: publish.reason === 'rekey',
    }));
    const watched = { sights, publishes: own, clocks: 'two' } as const;
    return checkPromise(watched).map((breach) => ({ ...breach, room }));
  });
  return [...broken, ...sharedTokens(granted), ...madeUp(granted, calls)];
}

function groupBy<Key, Item>(items: readonly Item[], keyOf: (item: Item) => Key) {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

/** Different rooms must have different tokens. */
function sharedTokens(granted: readonly Granted[]): Breach[] {
  const owners = new Map<string, string>();
  return granted.flatMap(({ room, grant: { generation, token } }) => {
    const owner = owners.get(token) ?? room;
    owners.set(token, owner);
    if (owner === room) return [];
    const detail = `generation ${generation} has a token of ${owner}`;
    return [{ rule: 'one token per generation', room, detail } as const];
  });
}

/** Every token must come from CAS, and must not be seen before CAS gave it. */
function madeUp(granted: readonly Granted[], calls: readonly CasCall[]): Breach[] {
  const givenAt = new Map(calls.map(({ token, answeredAt }) => [token, answeredAt]));
  return granted.flatMap(({ room, endedAt, grant: { generation, token } }) => {
    const answeredAt = givenAt.get(token) ?? Infinity;
    if (answeredAt <= endedAt) return [];
    const what = answeredAt === Infinity ? 'that CAS never gave' : 'before CAS gave it';
    const detail = `generation ${generation} was seen with a token ${what}`;
    return [{ rule: 'no generation before its publish', room, detail } as const];
  });
}
