import { Global, Module, type OnApplicationBootstrap } from '@nestjs/common';
import { Keyring } from './keyring.js';
import { KeySuccession } from './key-succession.service.js';
import { KeyUses } from './key-uses.service.js';
import { ServerKeys } from './server-keys.js';
import { ServerSecrets } from './server-secrets.js';

@Global()
@Module({
  providers: [Keyring, KeySuccession, KeyUses, ServerKeys, ServerSecrets],
  exports: [Keyring, KeySuccession, KeyUses, ServerKeys, ServerSecrets],
})
export class KeyringModule implements OnApplicationBootstrap {
  constructor(private readonly uses: KeyUses) {}

  // Nothing may be opened with a key that is lost, least of all a new session under a running party.
  onApplicationBootstrap(): Promise<void> {
    return this.uses.refuseForeignKeys();
  }
}
