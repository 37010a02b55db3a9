import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { DatabaseFigures } from './database-figures.js';
import { MetricsServer } from './metrics.server.js';
import { MetricsService } from './metrics.service.js';

@Module({
  imports: [DiscoveryModule],
  providers: [DatabaseFigures, MetricsServer, MetricsService],
})
export class MetricsModule {}
