import type { RoomTokens } from '../../../src/tokens/protocol/room-tokens.js';
import type { Rule } from '../history/check-history.js';
import type { MemoryRow } from '../memory-row.js';
import {
  AnyGenerationRow,
  OwnedRow,
  RenumberingRow,
  UnguardedEndRow,
  UnguardedRow,
} from './faulty-rows.js';
import { CheckThenWriteStore, EagerStore } from './faulty-stores.js';
import { CachingTokens, JoiningTokens, PatientTokens, SulkingTokens } from './faulty-tokens.js';
import type { ScheduledStore } from './scheduled-store.js';
import { type Parts, REAL } from './world.js';

/** A known mistake in the protocol, and the rule that it breaks. */
export interface Mutant {
  readonly name: string;
  readonly breaks: Rule;
  readonly parts: Parts;
}

const rows = (Row: typeof MemoryRow): Parts => ({ ...REAL, createRow: (now) => new Row(now) });
const stores = (Store: typeof ScheduledStore): Parts => ({
  ...REAL,
  createStore: (world, process) => new Store(world, process),
});
const tokens = (Tokens: typeof RoomTokens): Parts => ({ ...REAL, RoomTokens: Tokens });

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'a publish without guard',
    breaks: 'no new generation while the old one is live',
    parts: rows(UnguardedRow),
  },
  {
    name: 'a publish without guard that names its generation',
    breaks: 'one token per generation',
    parts: rows(RenumberingRow),
  },
  {
    name: 'a fail and a release without guard',
    breaks: 'one call per generation and lost term',
    parts: rows(UnguardedEndRow),
  },
  {
    name: 'a re-key without a guard by generation',
    breaks: 'a re-key ends what it names, once',
    parts: rows(AnyGenerationRow),
  },
  {
    name: 'a fence by owner id, and two handlers with one id',
    breaks: 'no new generation while the old one is live',
    parts: rows(OwnedRow),
  },
  {
    name: 'an acquire that reads, then updates',
    breaks: 'one call per generation and lost term',
    parts: stores(CheckThenWriteStore),
  },
  {
    name: 'a token that is served before it is stored',
    breaks: 'no generation before its publish',
    parts: stores(EagerStore),
  },
  {
    name: 'a cache in the process, without a deadline',
    breaks: 'never an older generation',
    parts: tokens(CachingTokens),
  },
  {
    name: 'joining a running read',
    breaks: 'never an older generation',
    parts: tokens(JoiningTokens),
  },
  {
    name: 'a wait without a deadline',
    breaks: 'nobody waits beyond the deadline',
    parts: tokens(PatientTokens),
  },
  {
    name: 'a failure that is remembered',
    breaks: 'what is live is handed out',
    parts: tokens(SulkingTokens),
  },
];
