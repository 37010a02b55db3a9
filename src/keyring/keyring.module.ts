import { Global, Module, type OnApplicationBootstrap } from '@nestjs/common';
import { ConfigurationError } from '../config/config.js';
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
  async onApplicationBootstrap(): Promise<void> {
    const foreign = await this.serverKeys.findForeignKeyIds();
    if (foreign.length > 0)
      throw new ConfigurationError([
        `SECRET_KEYS: lacks keys that the database was encrypted with (${foreign.join(', ')})`,
      ]);
  }
}
