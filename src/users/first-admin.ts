import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { uuidv7 } from '../common/ids.js';
import { Config } from '../config/config.js';
import { PasswordsService } from './passwords.service.js';
import { emailKeyOf, UsersRepository } from './users.repository.js';

/** Makes the configured admin while there is none; any number of replicas may try at once. */
@Injectable()
export class FirstAdmin implements OnApplicationBootstrap {
  private readonly logger = new Logger('FirstAdmin');

  constructor(
    private readonly users: UsersRepository,
    private readonly passwords: PasswordsService,
    private readonly config: Config,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const { ADMIN_EMAIL: email, ADMIN_PASSWORD: password } = this.config;
    if (await this.users.hasAdmin()) return;
    if (email === undefined || password === undefined) {
      this.logger.warn('there is no administrator; set ADMIN_EMAIL and ADMIN_PASSWORD');
      return;
    }
    const made = await this.users.insertUnlessTaken({
      id: uuidv7(),
      email,
      emailKey: emailKeyOf(email),
      displayName: 'Administrator',
      role: 'admin',
      status: 'active',
      passwordHash: await this.passwords.hash(password),
    });
    if (!made) await this.users.promote(email);
    this.logger.log('the first administrator is the one of ADMIN_EMAIL');
  }
}
