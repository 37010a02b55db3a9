import { Injectable } from '@nestjs/common';
import type { IssuerList } from './issuers.schema.js';
import { Issuers } from './issuers.js';

/** The state of the trusted issuers at this replica. */
@Injectable()
export class IssuersService {
  constructor(private readonly issuers: Issuers) {}

  /** @param now the database's time */
  list(now: Date): IssuerList {
    const epoch = now.getTime() - performance.now();
    const items = this.issuers.all.map(({ configured: { name, issuer }, keys }) => ({
      name,
      issuer,
      works: keys.works,
      detail: keys.detail ?? null,
      keysLoadedAt: keys.loadedAt === undefined ? null : new Date(epoch + keys.loadedAt),
    }));
    return { items };
  }

  /** The issuers together, for readiness; undefined if there are none. */
  get health(): { readonly works: boolean | null; readonly detail?: string } | undefined {
    const { all } = this.issuers;
    if (all.length === 0) return undefined;
    const faults = all.flatMap(({ configured: { name }, keys }) =>
      keys.detail === undefined ? [] : [`${name}: ${keys.detail}`],
    );
    if (faults.length > 0) return { works: false, detail: faults.join('; ') };
    return { works: all.every(({ keys }) => keys.works) ? true : null };
  }
}
