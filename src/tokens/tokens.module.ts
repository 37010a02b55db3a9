import { Module } from '@nestjs/common';
import { CasModule } from './cas/cas.module.js';
import { AuditModule } from '../platform/audit/audit.module.js';
import { Clock, SystemClock } from './protocol/clock.js';
import { RoomTokensRepository } from './protocol/room-tokens.repository.js';
import { TokenCipher } from './protocol/token-cipher.js';
import { TokensService } from './tokens.service.js';

@Module({
  imports: [CasModule, AuditModule],
  providers: [
    RoomTokensRepository,
    TokenCipher,
    TokensService,
    { provide: Clock, useClass: SystemClock },
  ],
  exports: [TokensService],
})
export class TokensModule {}
