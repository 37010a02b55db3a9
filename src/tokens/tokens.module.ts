import { Module } from '@nestjs/common';
import { CasModule } from '../cas/cas.module.js';
import { EventsModule } from '../events/events.module.js';
import { Clock, SystemClock } from './clock.js';
import { RoomTokensRepository } from './room-tokens.repository.js';
import { TokenCipher } from './token-cipher.js';
import { TokensService } from './tokens.service.js';
import { TokensTicker } from './tokens.ticker.js';

@Module({
  imports: [CasModule, EventsModule],
  providers: [
    RoomTokensRepository,
    TokenCipher,
    TokensService,
    TokensTicker,
    { provide: Clock, useClass: SystemClock },
  ],
  exports: [TokensService],
})
export class TokensModule {}
