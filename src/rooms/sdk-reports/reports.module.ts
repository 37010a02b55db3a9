import { Module } from '@nestjs/common';
import { AuditModule } from '../../platform/audit/audit.module.js';
import { JoinModule } from '../join/join.module.js';
import { OldReportsRepository } from './old-reports.repository.js';
import { ReportsController } from './reports.controller.js';
import { ReportsService } from './reports.service.js';

@Module({
  imports: [JoinModule, AuditModule],
  controllers: [ReportsController],
  providers: [ReportsService, OldReportsRepository],
})
export class ReportsModule {}
