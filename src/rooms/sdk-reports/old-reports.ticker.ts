import { Injectable } from '@nestjs/common';
import { Ticking } from '../../platform/tasks/ticking.js';
import { Config } from '../../platform/config/config.js';
import { OldReportsRepository } from './old-reports.repository.js';

/** Forgets which dead sessions were reported, and by whom, long enough ago. */
@Injectable()
export class OldReportsTicker extends Ticking {
  constructor(reports: OldReportsRepository, config: Config) {
    super('purge reports', 60_000, () => reports.purge(config.PERSONAL_DATA_TTL));
  }
}
