import { Controller, Get, HttpStatus, Res } from '@nestjs/common';
import { Access } from '../../platform/access/access.decorator.js';
import { Operation, Section } from '../../platform/http/documented.js';
import type { Reply } from '../../platform/http/request.js';
import { Returns, ReturnsOneOf } from '../../platform/http/returns.js';
import { Liveness, Readiness } from './health.schema.js';
import { HealthService } from './health.service.js';

@Section('Health')
@Controller('health')
export class HealthController {
  constructor(private readonly health: HealthService) {}

  @Get('live')
  @Operation(
    'getLiveness',
    'Check that the server runs',
    'Answers 200 while the process runs, even if the database is down. Restart the server if it does not answer.',
  )
  @Access('anyone')
  @Returns(200, Liveness)
  live(): Liveness {
    return { status: 'alive' };
  }

  @Get('ready')
  @Operation(
    'getReadiness',
    'Check that the server can serve',
    'Answers 200 while live rooms can be served, otherwise 503: send no requests to this replica until it answers 200 again.',
    '`parts` shows the state of each part; a failing `cas` or `tokens` alone does not make the server unready.',
  )
  @Access('anyone')
  @ReturnsOneOf({ 200: Readiness, 503: Readiness })
  async ready(@Res({ passthrough: true }) reply: Reply): Promise<Readiness> {
    const readiness = await this.health.readiness();
    if (readiness.status !== 'ready') void reply.code(HttpStatus.SERVICE_UNAVAILABLE);
    return readiness;
  }
}
