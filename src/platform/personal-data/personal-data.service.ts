import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Database, type Statement } from '../database/database.js';
import { pagesOf, type PersonalRecords } from './personal-records.js';

/** Maximum number of rows per part in an export; the newest rows if there are more. */
const MOST = 10_000;
const PAGE = 500;
/** Milliseconds between two pages, in which other requests can use the connection. */
const PAUSE_MS = 20;

export type Record = Readonly<{ [field: string]: unknown }>;

export interface PersonalPage {
  readonly part: string;
  readonly isFirst: boolean;
  readonly records: readonly Record[];
  readonly isShortened: boolean;
}

type Row = Record & { readonly pageKey: string[] };

/** Collects the data that modules declare with `PersonalDataModule.of(…)`. */
@Injectable()
export class PersonalDataService {
  private readonly parts = new Map<string, Statement>();

  constructor(private readonly database: Database) {}

  contribute(part: string, records: PersonalRecords | Statement): void {
    if (this.parts.has(part)) throw new Error(`Two features store ${part}.`);
    this.parts.set(part, 'text' in records ? records : pagesOf(part, records));
  }

  /** Yields page by page: no export is held in memory, and no connection between statements. */
  async *pagesOf(userId: string): AsyncGenerator<PersonalPage> {
    for (const [part, find] of this.parts) yield* this.pagesOfPart(userId, part, find);
  }

  private async *pagesOfPart(
    userId: string,
    part: string,
    find: Statement,
  ): AsyncGenerator<PersonalPage> {
    let key: string[] | null = null;
    for (let count = 0; ;) {
      const limit = Math.min(PAGE, MOST - count);
      const rows: Row[] = await this.database.query<Row>(find, [userId, limit + 1, key]);
      const page = rows.slice(0, limit);
      const isFirst = count === 0;
      count += page.length;
      const isLast = rows.length <= limit || count >= MOST;
      const isShortened = isLast && rows.length > limit;
      const records = page.map(withoutKey);
      yield { part, isFirst, records, isShortened };
      if (isLast) return;
      key = page.at(-1)?.pageKey ?? null;
      await sleep(PAUSE_MS);
    }
  }
}

function withoutKey(row: Row): Record {
  return Object.fromEntries(Object.entries(row).filter(([field]) => field !== 'pageKey'));
}
