import type { Lease, Publication, Rekey } from '../../../src/tokens/protocol/token-store.js';
import { MemoryRow } from '../memory-row.js';

/** `and fence = $2` is missing in the publish. */
export class UnguardedRow extends MemoryRow {
  override publish(_lease: Lease, token: Publication): number {
    this.store(token);
    return this.generation;
  }
}

/** The same, and the number of the generation is the one that the lease was for. */
export class RenumberingRow extends MemoryRow {
  override publish(lease: Lease, token: Publication): number {
    this.generation = lease.generation;
    this.store(token);
    return this.generation;
  }
}

/** `and fence = $2` is missing in fail and release. */
export class UnguardedEndRow extends MemoryRow {
  override release(): boolean {
    this.fence += 1;
    this.leaseUntil = 0;
    return true;
  }
}

/** `and generation = $2` is missing in the acquire for a re-key. */
export class AnyGenerationRow extends MemoryRow {
  override acquireForRekey(roomId: string, rekey: Rekey): Lease | undefined {
    const lease = super.acquireForRekey(roomId, { ...rekey, generation: this.generation });
    return lease && { ...lease, rekey };
  }
}

/** The lease is known by its owner's id, and every handler has the same. */
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
