import { Injectable } from '@nestjs/common';
import { Ticking } from '../common/ticking.js';
import { Config } from '../config/config.js';
import { AuditService } from './audit.service.js';

/** Forgets the addresses in entries that are old enough. */
@Injectable()
export class AuditTicker extends Ticking {
  constructor(audit: AuditService, config: Config) {
    super('forget addresses', 60_000, () => audit.forgetOldAddresses(config.PERSONAL_DATA_TTL));
  }
}
