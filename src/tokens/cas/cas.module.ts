import { HttpModule } from '@nestjs/axios';
import { Module } from '@nestjs/common';
import { TokenSource } from '../protocol/token-source.js';
import { CasClient } from './cas.client.js';

@Module({
  imports: [HttpModule],
  providers: [CasClient, { provide: TokenSource, useExisting: CasClient }],
  exports: [TokenSource],
})
export class CasModule {}
