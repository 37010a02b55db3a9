import { Global, Module, type OnApplicationBootstrap } from '@nestjs/common';
import { Keyring } from './keyring.js';
import { KeySuccession } from './key-succession.service.js';
import { KeyUses } from './key-uses.service.js';
import { EncryptedRowsRepository } from './encrypted-rows.repository.js';
import { FirstKeysRepository } from './first-keys.repository.js';
import { ReEncryption } from './re-encryption.js';
import { ServerKeys } from './server-keys.js';
import { ServerSecrets } from './server-secrets.js';

@Global()
@Module({
  providers: [
    Keyring,
    KeySuccession,
    KeyUses,
    ServerKeys,
    ServerSecrets,
    EncryptedRowsRepository,
    FirstKeysRepository,
    ReEncryption,
  ],
  exports: [Keyring, KeySuccession, KeyUses, ServerKeys, ServerSecrets],
})
export class KeyringModule implements OnApplicationBootstrap {
  constructor(
    private readonly uses: KeyUses,
    private readonly reEncryption: ReEncryption,
  ) {}

  // A server that lacks a key must not start: it would replace the tokens of running rooms.
  async onApplicationBootstrap(): Promise<void> {
    await this.uses.refuseForeignKeys();
    await this.reEncryption.begin();
  }
}
