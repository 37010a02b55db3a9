import {
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { fastify, type FastifyInstance } from 'fastify';
import { listening } from '../../platform/http/listening.js';
import { Config } from '../../platform/config/config.js';
import { MetricsService } from './metrics.service.js';

/** Serves `GET /metrics` on a separate port, which is not for the public; it closes last. */
@Injectable()
export class MetricsServer implements OnApplicationBootstrap, OnApplicationShutdown {
  private server: FastifyInstance | undefined;

  constructor(
    private readonly config: Config,
    private readonly metrics: MetricsService,
  ) {}

  /** The address it listens on; undefined if it is off. */
  get address(): string | undefined {
    return this.server?.listeningOrigin;
  }

  async onApplicationBootstrap(): Promise<void> {
    const { METRICS_HOST: host, METRICS_PORT: port } = this.config;
    if (port === 'off') return;
    this.metrics.begin();
    this.server = fastify({ logger: false, forceCloseConnections: true, requestTimeout: 10_000 });
    this.server.get('/metrics', async (_request, reply) =>
      reply.header('content-type', this.metrics.contentType).send(await this.metrics.render()),
    );
    const { server } = this;
    await listening('METRICS_', port, () => server.listen({ host, port }));
  }

  async onApplicationShutdown(): Promise<void> {
    await this.server?.close();
  }
}
