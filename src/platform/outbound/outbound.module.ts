import { HttpModule } from '@nestjs/axios';
import { Module } from '@nestjs/common';
import { OutboundService } from './outbound.service.js';

@Module({ imports: [HttpModule], providers: [OutboundService], exports: [OutboundService] })
export class OutboundModule {}
