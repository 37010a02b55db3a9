import { Global, Module, type OnApplicationBootstrap } from '@nestjs/common';
import { Keyring } from './keyring.js';
import { ServerKeysRepository } from './server-keys.repository.js';
import { ServerSecrets } from './server-secrets.js';

@Global()
@Module({
  providers: [Keyring, ServerKeysRepository, ServerSecrets],
  exports: [Keyring, ServerKeysRepository, ServerSecrets],
})
export class KeyringModule implements OnApplicationBootstrap {
  constructor(private readonly serverKeys: ServerKeysRepository) {}

  // Nothing may be opened with a key that is lost, least of all a new session under a running party.
  onApplicationBootstrap(): Promise<void> {
    return this.serverKeys.refuseForeignKeys();
  }
}
