import { Controller, Get, HttpStatus, Res } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import { Access } from '../access/access.decorator.js';
import type { Reply } from '../common/request.js';
import { Returns } from '../common/returns.js';
import { Liveness, Readiness } from './health.schema.js';
import { HealthService } from './health.service.js';

@ApiTags('Health')
@Controller('health')
export class HealthController {
  constructor(private readonly health: HealthService) {}

  @Get('live')
  @Access('anyone')
  @Returns(200, Liveness)
  live(): Liveness {
    return { status: 'alive' };
  }

  @Get('ready')
  @Access('anyone')
  @ApiResponse({ status: 503, standardSchema: Readiness })
  @Returns(200, Readiness)
  async ready(@Res({ passthrough: true }) reply: Reply): Promise<Readiness> {
    const readiness = await this.health.readiness();
    if (readiness.status !== 'ready') void reply.code(HttpStatus.SERVICE_UNAVAILABLE);
    return readiness;
  }
}
