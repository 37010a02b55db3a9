import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { ROLE_OF_FIRST_ADMIN } from '../../platform/access/global-role.js';
import { uuidv7 } from '../../platform/database/ids.js';
import { Config, ConfigurationError } from '../../platform/config/config.js';
import { Database, type Transaction } from '../../platform/database/database.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import { PasswordRules } from './password-rules.js';
import { PasswordsService } from './passwords.service.js';
import { emailKeyOf, UsersRepository } from './users.repository.js';

/** Creates the configured admin if there is no admin; several replicas may try at the same time. */
@Injectable()
export class FirstAdmin implements OnApplicationBootstrap {
  private readonly logger = new Logger('FirstAdmin');

  constructor(
    private readonly users: UsersRepository,
    private readonly database: Database,
    private readonly passwords: PasswordsService,
    private readonly rules: PasswordRules,
    private readonly audit: AuditService,
    private readonly config: Config,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const { ADMIN_EMAIL: email, ADMIN_PASSWORD: password } = this.config;
    if (await this.users.hasAdmin()) return;
    if (email === undefined || password === undefined) {
      this.logger.warn('there is no administrator; set ADMIN_EMAIL and ADMIN_PASSWORD');
      return;
    }
    const fault = await this.rules.faultOf(password, { email });
    if (fault !== undefined) throw new ConfigurationError([`ADMIN_PASSWORD: ${fault}`]);
    const passwordHash = await this.passwords.hash(password, {
      account: emailKeyOf(email),
      network: 'this server',
    });
    await this.database.transaction((transaction) => this.make(transaction, email, passwordHash));
    this.logger.log('the user of ADMIN_EMAIL is the first administrator');
  }

  private async make(transaction: Transaction, email: string, passwordHash: string): Promise<void> {
    const users = this.users.within(transaction);
    const id = uuidv7();
    const emailKey = emailKeyOf(email);
    const rights = { role: ROLE_OF_FIRST_ADMIN, status: 'active' } as const;
    const person = { id, email, emailKey, displayName: 'Administrator', passwordHash, ...rights };
    const details = { firstAdmin: true };
    if (await users.insertUnlessTaken(person))
      return this.audit.record(transaction, { action: 'user.created', userId: id, details });
    // A user has the address already, or another replica was faster.
    const userId = await users.promote(email, passwordHash);
    if (userId !== undefined)
      await this.audit.record(transaction, { action: 'user.changed', userId, details });
  }
}
