import { Injectable } from '@nestjs/common';
import { Every } from '../tasks/every.decorator.js';
import { inTurn, type Progress } from '../tasks/progress.js';
import { Config } from '../config/config.js';
import { AlarmsService } from './alarms.service.js';
import { AuditService } from './audit.service.js';

@Injectable()
export class AuditTasks {
  constructor(
    private readonly audit: AuditService,
    private readonly alarms: AlarmsService,
    private readonly config: Config,
  ) {}

  /** Removes the addresses of old entries, and later the entries. */
  @Every('60 s', 'purge audit trail')
  purge(): Promise<Progress> {
    const { AUDIT_TTL, PERSONAL_DATA_TTL } = this.config;
    return inTurn(
      () => this.audit.forgetOldAddresses(PERSONAL_DATA_TTL),
      () => this.audit.purge(AUDIT_TTL),
      () => this.alarms.purge(PERSONAL_DATA_TTL),
    );
  }
}
