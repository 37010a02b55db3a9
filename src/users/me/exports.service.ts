import { Readable } from 'node:stream';
import { Injectable, Logger } from '@nestjs/common';
import type { Caller } from '../../platform/access/principal.js';
import { Timestamp } from '../../platform/http/schema.js';
import { describeDatabaseError } from '../../platform/database/database-errors.js';
import { PersonalDataService } from '../../platform/personal-data/personal-data.service.js';
import { RateLimits } from '../../platform/limits/rate-limits.service.js';
import { UserView } from '../accounts/user.schema.js';
import { ExportRecord } from './account.schema.js';
import { ExportUnderWay } from './account.problems.js';

/** Milliseconds after which an export to a slow client ends. */
const LONGEST_MS = 600_000;
/** Seconds; an export usually takes less. */
const RETRY_AFTER = 10;

/** Exports of personal data: one at a time per user, a few per day, sent while they are read. */
@Injectable()
export class ExportsService {
  private readonly logger = new Logger('Exports');
  private readonly running = new Set<string>();

  constructor(
    private readonly personalData: PersonalDataService,
    private readonly limits: RateLimits,
  ) {}

  /**
   * Reads the account with `find` before anything is sent. An error in the middle destroys the
   * stream, so that it never looks complete. @throws {RateLimited}
   */
  async begin({ userId, seenAt }: Caller, find: () => Promise<UserView>): Promise<Readable> {
    if (this.running.has(userId)) {
      this.limits.noteRefusal('export');
      throw new ExportUnderWay({
        retryAfter: RETRY_AFTER,
      });
    }
    this.running.add(userId);
    try {
      await this.limits.take('export', userId);
      const user = await this.orGiveBack(userId, find());
      return this.stream(userId, this.write(userId, user, seenAt));
    } catch (error) {
      this.running.delete(userId);
      throw error;
    }
  }

  private stream(userId: string, text: AsyncGenerator<string>): Readable {
    const stream = Readable.from(text, { objectMode: false });
    const timer = setTimeout(() => stream.destroy(), LONGEST_MS);
    // On the stream, because a generator that was never started would not report its end.
    stream.once('close', () => {
      clearTimeout(timer);
      this.running.delete(userId);
    });
    return stream;
  }

  private async *write(userId: string, user: UserView, exportedAt: Date): AsyncGenerator<string> {
    try {
      yield* this.parts(userId, user, exportedAt);
    } catch (error) {
      const reason = error instanceof Error ? error.name : typeof error;
      this.logger.error(
        { userId, reason, ...describeDatabaseError(error) },
        'an export was aborted',
      );
      await this.limits.giveBackOne('export', userId).catch(() => undefined);
      throw error;
    }
  }

  // The answer filter sees only whole answers, so each piece passes its schema here.
  private async *parts(userId: string, user: UserView, exportedAt: Date): AsyncGenerator<string> {
    const shortened: string[] = [];
    const head = { exportedAt: Timestamp.parse(exportedAt), user: UserView.parse(user) };
    yield `${JSON.stringify(head).slice(0, -1)},"records":{`;
    let [before, hasRecords] = ['', false];
    for await (const { part, isFirst, records, isShortened } of this.personalData.pagesOf(userId)) {
      if (isFirst) {
        yield `${before}${JSON.stringify(part)}:[`;
        [before, hasRecords] = ['],', false];
      }
      const texts = records.map((record) => JSON.stringify(ExportRecord.parse(record)));
      if (texts.length > 0) yield `${hasRecords ? ',' : ''}${texts.join(',')}`;
      hasRecords ||= texts.length > 0;
      if (isShortened) shortened.push(part);
    }
    yield `${before.slice(0, 1)}},"shortened":${JSON.stringify(shortened)}}`;
  }

  private async orGiveBack(userId: string, work: Promise<UserView>): Promise<UserView> {
    try {
      return await work;
    } catch (error) {
      await this.limits.giveBackOne('export', userId).catch(() => undefined);
      throw error;
    }
  }
}
