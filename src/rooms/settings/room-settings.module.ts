import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../../platform/audit/audit.module.js';
import { RoomEventsModule } from '../../platform/room-events/room-events.module.js';
import { PresenceModule } from '../presence/presence.module.js';
import { TokensModule } from '../../tokens/tokens.module.js';
import { AccessCodes } from './access-codes.js';
import { HostRights } from './host-rights.js';
import { PremintService } from './premint.service.js';
import { Room } from './room.entity.js';
import { RoomEndings } from './room-endings.service.js';
import { RoomsController } from './rooms.controller.js';
import { RoomCrowds } from './room-crowds.js';
import { RoomsRepository } from './rooms.repository.js';
import { RoomsService } from './rooms.service.js';
import { RoomSearchKeys } from './room-search-keys.js';

@Module({
  imports: [
    TypeOrmModule.forFeature([Room]),
    TokensModule,
    PresenceModule,
    AuditModule,
    RoomEventsModule,
  ],
  controllers: [RoomsController],
  providers: [
    RoomsService,
    HostRights,
    RoomsRepository,
    RoomCrowds,
    AccessCodes,
    PremintService,
    RoomEndings,
    RoomSearchKeys,
  ],
  exports: [RoomsService, AccessCodes, RoomEndings],
})
export class RoomSettingsModule {}
