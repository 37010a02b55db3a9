import { Global, Module, type OnApplicationBootstrap } from '@nestjs/common';
import { Keyring } from './keyring.js';
import { ServerKeys } from './server-keys.js';
import { ServerSecrets } from './server-secrets.js';

@Global()
@Module({
  providers: [Keyring, ServerKeys, ServerSecrets],
  exports: [Keyring, ServerKeys, ServerSecrets],
})
export class KeyringModule implements OnApplicationBootstrap {
  constructor(private readonly serverKeys: ServerKeys) {}

  // Nothing may be opened with a key that is lost, least of all a new session under a running party.
  onApplicationBootstrap(): Promise<void> {
    return this.serverKeys.refuseForeignKeys();
  }
}
