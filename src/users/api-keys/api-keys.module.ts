import { Module } from '@nestjs/common';
import { AuditModule } from '../../platform/audit/audit.module.js';
import { AccountsModule } from '../accounts/accounts.module.js';
import { ApiKeyTokens } from './api-key-tokens.js';
import { ApiKeyUsesRepository } from './api-key-uses.repository.js';
import { ApiKeysController } from './api-keys.controller.js';
import { ApiKeysRepository } from './api-keys.repository.js';
import { ApiKeysTasks } from './api-keys.tasks.js';
import { ApiKeysService } from './api-keys.service.js';

@Module({
  imports: [AccountsModule, AuditModule],
  controllers: [ApiKeysController],
  providers: [ApiKeysService, ApiKeysRepository, ApiKeyUsesRepository, ApiKeyTokens, ApiKeysTasks],
  exports: [ApiKeyTokens],
})
export class ApiKeysModule {}
