import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { Every } from '../../platform/tasks/every.decorator.js';
import type { Progress } from '../../platform/tasks/progress.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import { reasonOf } from '../../platform/database/reason.js';
import { ErasureRepository } from './erasure.repository.js';

/** Milliseconds that the answer to a deletion waits; nearly all erasures take far less. */
const PATIENCE_MS = 2_000;

const AT_ONCE = 20;

/** Erases deleted users in batches, on any replica; their mark stays until all is deleted. */
@Injectable()
export class ErasureService {
  private readonly logger = new Logger('Erasure');

  constructor(
    private readonly users: ErasureRepository,
    private readonly audit: AuditService,
  ) {}

  /** A long erasure continues after this has returned. */
  async begin(userId: string): Promise<void> {
    const patience = new AbortController();
    const erasing = this.erase([userId]).catch((error: unknown) => {
      this.logger.warn(
        { userId, reason: reasonOf(error) },
        'an erasure failed; the recurring task continues it',
      );
    });
    const waiting = sleep(PATIENCE_MS, undefined, { signal: patience.signal });
    await Promise.race([erasing, waiting.catch(() => undefined)]);
    patience.abort();
  }

  @Every('2 s', 'erase users')
  async goOn(): Promise<Progress> {
    const due = await this.users.findDue(AT_ONCE);
    const progress = await this.erase(due);
    return due.length === AT_ONCE ? 'unfinished' : progress;
  }

  private async erase(userIds: readonly string[]): Promise<Progress> {
    if (userIds.length === 0) return 'done';
    if ((await this.users.clear(userIds)) === 'unfinished') return 'unfinished';
    if ((await this.audit.forgetAddressesOf(userIds)) === 'unfinished') return 'unfinished';
    await this.users.remove(userIds);
    return 'done';
  }
}
