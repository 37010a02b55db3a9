import { Injectable } from '@nestjs/common';
import { inTurn } from '../tasks/progress.js';
import { Ticking } from '../tasks/ticking.js';
import { Config } from '../config/config.js';
import { AlarmsService } from './alarms.service.js';
import { AuditService } from './audit.service.js';

/** Forgets the addresses in entries that are old enough, and at last the entries. */
@Injectable()
export class AuditTicker extends Ticking {
  constructor(audit: AuditService, alarms: AlarmsService, config: Config) {
    super('purge audit trail', 60_000, () =>
      inTurn(
        () => audit.forgetOldAddresses(config.PERSONAL_DATA_TTL),
        () => audit.purge(config.AUDIT_TTL),
        () => alarms.purge(config.PERSONAL_DATA_TTL),
      ),
    );
  }
}
