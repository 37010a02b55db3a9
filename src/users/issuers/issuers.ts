import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Config } from '../../platform/config/config.js';
import type { TrustedIssuer } from '../../platform/config/trusted-issuers.js';
import { OutboundService } from '../../platform/outbound/outbound.service.js';
import { Every } from '../../platform/tasks/every.decorator.js';
import { IssuerKeys } from './issuer-keys.js';

const ANSWER_BYTES = 262_144;
const PATIENCE_MS = 5_000;
const SOCKETS = 4;

export interface Issuer {
  readonly configured: TrustedIssuer;
  readonly keys: IssuerKeys;
}

/** The table of trusted issuers, with their keys. */
@Injectable()
export class Issuers implements OnApplicationBootstrap {
  private readonly logger = new Logger('Issuers');
  private readonly table: ReadonlyMap<string, Issuer>;
  private readonly reported = new Map<string, string | undefined>();

  constructor(config: Config, outbound: OutboundService) {
    const limits = { sockets: SOCKETS, patienceMs: PATIENCE_MS, answerBytes: ANSWER_BYTES };
    const client = outbound.open(limits);
    this.table = new Map(
      config.TRUSTED_ISSUERS.map((configured) => {
        const keys = new IssuerKeys(configured, client);
        return [configured.issuer, { configured, keys }];
      }),
    );
  }

  get areNone(): boolean {
    return this.table.size === 0;
  }

  get all(): readonly Issuer[] {
    return [...this.table.values()];
  }

  /** @param issuer compared exactly */
  find(issuer: string): Issuer | undefined {
    return this.table.get(issuer);
  }

  /** Begins the first load, for which the start does not wait. */
  onApplicationBootstrap(): void {
    void this.loadDue();
  }

  @Every('1 s', 'load the keys of issuers')
  async loadDue(): Promise<void> {
    await Promise.all(
      this.all.map(async ({ configured, keys }) => {
        await keys.loadIfDue();
        this.report(configured.name, keys.detail);
      }),
    );
  }

  /** Logs each change once. */
  private report(issuer: string, fault: string | undefined): void {
    if (this.reported.get(issuer) === fault) return;
    this.reported.set(issuer, fault);
    if (fault === undefined) this.logger.log({ issuer }, 'the keys of an issuer were loaded again');
    else this.logger.warn({ issuer, reason: fault }, 'the keys of an issuer cannot be loaded');
  }
}
