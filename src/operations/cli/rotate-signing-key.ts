import { Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { SigningKeyRotation } from '../../users/sessions/signing-key-rotation.service.js';
import { type Config, readPart } from '../../platform/config/config.js';
import type { Environment } from '../../platform/config/secret-files.js';
import { dataSourceOptions } from '../../platform/database/data-source.js';
import { Database } from '../../platform/database/database.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import { KeySuccession } from '../../platform/keyring/key-succession.service.js';
import { KeyUses } from '../../platform/keyring/key-uses.service.js';
import { Keyring } from '../../platform/keyring/keyring.js';

const NEEDED = ['DATABASE_URL', 'DATABASE_POOLED', 'DATABASE_POOL_SIZE', 'SECRET_KEYS'] as const;

/**
 * Starts a rotation, which running servers continue; an emergency ends all access tokens at once.
 * @throws {ConfigurationError}
 */
export async function rotateSigningKey(
  environment: Environment,
  isEmergency: boolean,
): Promise<{ isDone: boolean; sentence: string }> {
  // The command reports errors in its own sentence.
  Logger.overrideLogger(false);
  // The objects below use no other variables.
  const config = readPart(environment, NEEDED) as Config;
  const source = await new DataSource(dataSourceOptions(config)).initialize();
  const database = new Database(source, config);
  try {
    const keyring = new Keyring(config);
    await new KeyUses(database, keyring).refuseForeignKeys();
    const succession = new KeySuccession(database, keyring);
    const rotation = new SigningKeyRotation(database, succession, new AuditService(database));
    if (isEmergency) {
      await rotation.replace();
      return {
        isDone: true,
        sentence: 'A new key signs; all earlier access tokens are void, and clients refresh.',
      };
    }
    const signsFrom = await rotation.begin();
    if (signsFrom)
      return {
        isDone: true,
        sentence: `The next key is published, and signs from ${signsFrom.toISOString()}.`,
      };
    const newest = (await succession.findAll('signing', 0)).at(-1);
    return {
      isDone: false,
      sentence: newest
        ? `A rotation is in progress: its key signs from ${newest.usedFrom.toISOString()}.`
        : 'There is no signing key yet; the first start of a server creates it.',
    };
  } finally {
    await source.destroy();
  }
}
