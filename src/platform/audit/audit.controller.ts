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
  @Operation(
    'readAudit',
    'Read the audit trail',
    'Returns the entries that match every given filter, the newest first: the action, its actor, the user and room it concerned, and its time.',
    'Send `nextCursor` as `cursor` for older entries.',
  )
  @Access('admin', { who: readsRecords, scope: 'audit:read' })
  @Returns(200, AuditTrail)
  read(@Query({ schema: ReadAudit }) query: ReadAudit): Promise<Page<AuditEntryView>> {
    return this.entries.list(query);
  }
}
