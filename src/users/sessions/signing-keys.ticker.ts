import { Injectable } from '@nestjs/common';
import { Ticking } from '../../platform/tasks/ticking.js';
import { Config } from '../../platform/config/config.js';
import { SigningKeyRotation } from './signing-key-rotation.service.js';
import { SigningKeys } from './signing-keys.js';

/** Learns of other replicas' and the operator's doings, and takes the next step where one is due. */
@Injectable()
export class SigningKeysTicker extends Ticking {
  constructor(keys: SigningKeys, rotation: SigningKeyRotation, config: Config) {
    super('rotate signing keys', 1_000, async () => {
      const { isDue, hasEnded } = await keys.reload();
      if (isDue) await rotation.begin(config.SIGNING_KEY_TTL);
      if (hasEnded) await rotation.removeEnded();
    });
  }
}
