import { Module } from '@nestjs/common';
import { PresenceService } from './presence.service.js';
import { PresenceTicker } from './presence.ticker.js';

@Module({ providers: [PresenceService, PresenceTicker], exports: [PresenceService] })
export class PresenceModule {}
