import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import { KeySuccession } from '../../platform/keyring/key-succession.service.js';
import { createSigningKey } from './signing-key.js';

/** Seconds that clients may cache `/.well-known/jwks.json`. */
export const KEY_SET_SECONDS = 300;
/** Seconds a key is published before it signs: longer than clients cache the previous key set. */
const LEAD_SECONDS = 3 * KEY_SET_SECONDS;

/** Rotates signing keys. Each step is one conditional statement, by any replica. */
@Injectable()
export class SigningKeyRotation {
  constructor(
    private readonly database: Database,
    private readonly succession: KeySuccession,
    private readonly audit: AuditService,
  ) {}

  /** Publishes the next key, and returns its start, if the newest has signed for `ageSeconds`. */
  async begin(ageSeconds = 0): Promise<Date | undefined> {
    const key = await createSigningKey();
    return this.database.transaction(async (transaction) => {
      const signsFrom = await this.succession.succeed(
        transaction,
        'signing',
        key,
        LEAD_SECONDS,
        ageSeconds,
      );
      const details = { keyId: key.id, signsFrom };
      if (signsFrom)
        await this.audit.record(transaction, { action: 'signing_key.published', details });
      return signsFrom;
    });
  }

  /** Replaces all keys; tokens that the old keys signed become invalid. */
  async replace(): Promise<void> {
    const key = await createSigningKey();
    await this.database.transaction(async (transaction) => {
      await this.succession.replace(transaction, 'signing', key);
      const details = { keyId: key.id };
      await this.audit.record(transaction, { action: 'signing_key.replaced', details });
    });
  }

  /** Deletes the keys whose last token has expired. */
  async removeEnded(): Promise<void> {
    await this.database.transaction(async (transaction) => {
      for (const keyId of await this.succession.removeEnded(transaction, 'signing'))
        await this.audit.record(transaction, {
          action: 'signing_key.removed',
          details: { keyId },
        });
    });
  }
}
