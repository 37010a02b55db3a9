import { Injectable } from '@nestjs/common';
import { AlarmsService } from '../../platform/audit/alarms.service.js';
import { BoundedMap } from '../../platform/tasks/bounded-map.js';
import { Every } from '../../platform/tasks/every.decorator.js';
import { ApiKeysRepository, type ExpiringKey } from './api-keys.repository.js';

/** More than there are keys. */
const CAPACITY = 1_000;

@Injectable()
export class ApiKeysTasks {
  /** Alarms that need not be tried again; a new end of a key is another alarm. */
  private readonly raised = new BoundedMap<true>(CAPACITY);

  constructor(
    private readonly keys: ApiKeysRepository,
    private readonly alarms: AlarmsService,
  ) {}

  @Every('10 s', 'warn of API keys that expire')
  async warn(): Promise<void> {
    for (const key of await this.keys.findExpiring()) await this.warnOf(key);
  }

  private async warnOf({ id, expiresAt }: ExpiringKey): Promise<void> {
    const subject = `${id} ${expiresAt.toISOString()}`;
    if (this.raised.get(subject)) return;
    const alarm = {
      kind: 'api_key_expiring',
      userId: id,
      subject,
      details: { expiresAt },
    } as const;
    await this.alarms.raiseOnce(alarm);
    this.raised.set(subject, true);
  }
}
