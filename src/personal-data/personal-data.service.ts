import { Injectable } from '@nestjs/common';
import { Database, type Statement } from '../database/database.js';

/** Rows of one part in one export; the newest, where there are more. */
const MOST = 10_000;

export type Record = Readonly<{ [member: string]: unknown }>;

export interface PersonalRecords {
  readonly records: { readonly [part: string]: Record[] };
  /** The parts of which there was more. */
  readonly shortened: string[];
}

/**
 * What is stored about a person, gathered from the features that store it. Each contributes its own
 * tables, once, when it starts.
 */
@Injectable()
export class PersonalDataService {
  private readonly parts = new Map<string, Statement>();

  constructor(private readonly database: Database) {}

  /**
   * @param part what callers know it by, camelCase
   * @param find the rows of the user `$1`, the newest first, at most `$2`; columns as callers see them
   */
  contribute(part: string, find: Statement): void {
    if (this.parts.has(part)) throw new Error(`Two features store ${part}.`);
    this.parts.set(part, find);
  }

  async gather(userId: string): Promise<PersonalRecords> {
    const records: { [part: string]: Record[] } = {};
    const shortened: string[] = [];
    // One after the other: a person who reads about himself takes one connection from the others.
    for (const [part, find] of this.parts) {
      const rows = await this.database.query<Record>(find, [userId, MOST + 1]);
      if (rows.length > MOST) shortened.push(part);
      records[part] = rows.slice(0, MOST);
    }
    return { records, shortened };
  }
}
