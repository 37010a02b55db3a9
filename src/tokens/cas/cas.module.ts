import { Module } from '@nestjs/common';
import { OutboundModule } from '../../platform/outbound/outbound.module.js';
import { TokenSource } from '../protocol/token-source.js';
import { CasClient } from './cas.client.js';

@Module({
  imports: [OutboundModule],
  providers: [CasClient, { provide: TokenSource, useExisting: CasClient }],
  exports: [TokenSource],
})
export class CasModule {}
