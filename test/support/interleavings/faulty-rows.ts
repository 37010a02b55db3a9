import type { Lease, Publication, Rekey } from '../../../src/tokens/protocol/token-store.js';
import { MemoryRow } from '../memory-row.js';

/** The publish lacks `and fence = $2`. */
export class UnguardedRow extends MemoryRow {
  override publish(_lease: Lease, token: Publication): number {
    this.store(token);
    return this.generation;
  }
}

/** The publish lacks `and fence = $2`, and takes its generation from the lease. */
export class RenumberingRow extends MemoryRow {
  override publish(lease: Lease, token: Publication): number {
    this.generation = lease.generation;
    this.store(token);
    return this.generation;
  }
}

/** Fail and release lack `and fence = $2`. */
export class UnguardedEndRow extends MemoryRow {
  override release(): boolean {
    this.fence += 1;
    this.leaseUntil = 0;
    return true;
  }
}

/** The acquire for a re-key lacks `and generation = $2`. */
export class AnyGenerationRow extends MemoryRow {
  override acquireForRekey(roomId: string, rekey: Rekey): Lease | undefined {
    const lease = super.acquireForRekey(roomId, { ...rekey, generation: this.generation });
    return lease && { ...lease, rekey };
  }
}

/** The lease is identified by the id of its owner, and all handlers share one id. */
export class OwnedRow extends MemoryRow {
  private owner: string | undefined;

  override grant(roomId: string): Lease {
    this.owner = 'the host';
    return { ...super.grant(roomId), fence: this.owner };
  }

  protected override holds({ fence }: Lease): boolean {
    return this.owner === fence;
  }
}
