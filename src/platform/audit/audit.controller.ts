import { Controller, Get, Query } from '@nestjs/common';
import { Access } from '../access/access.decorator.js';
import { readsRecords } from '../access/global-role.js';
import { Operation, Section } from '../http/documented.js';
import type { Page } from '../http/paging.js';
import { Returns } from '../http/returns.js';
import { AuditRepository } from './audit.repository.js';
import { type AuditEntryView, AuditTrail, ReadAudit } from './audit.schema.js';

@Section('Audit')
@Controller('v1/audit')
export class AuditController {
  constructor(private readonly entries: AuditRepository) {}

  @Get()
  @Operation('readAudit', 'Read who did what to whom, the newest first')
  @Access('admin', { who: readsRecords })
  @Returns(200, AuditTrail)
  read(@Query({ schema: ReadAudit }) query: ReadAudit): Promise<Page<AuditEntryView>> {
    return this.entries.list(query);
  }
}
