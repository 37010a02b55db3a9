import { Module } from '@nestjs/common';
import { HealthModule } from './health/health.module.js';
import { MetricsModule } from './metrics/metrics.module.js';
import { ReferenceModule } from './reference/reference.module.js';

@Module({ imports: [HealthModule, MetricsModule, ReferenceModule] })
export class OperationsModule {}
