import { Injectable } from '@nestjs/common';
import { Every } from '../../platform/tasks/every.decorator.js';
import { Config } from '../../platform/config/config.js';
import { SigningKeyRotation } from './signing-key-rotation.service.js';
import { SigningKeys } from './signing-keys.js';

@Injectable()
export class SigningKeysTasks {
  constructor(
    private readonly keys: SigningKeys,
    private readonly rotation: SigningKeyRotation,
    private readonly config: Config,
  ) {}

  /** Loads changes by other replicas and the operator, and takes the next step if it is due. */
  @Every('1 s', 'rotate signing keys')
  async rotate(): Promise<void> {
    const { isDue, hasEnded } = await this.keys.reload();
    if (isDue) await this.rotation.begin(this.config.SIGNING_KEY_TTL);
    if (hasEnded) await this.rotation.removeEnded();
  }
}
