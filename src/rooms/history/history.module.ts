import { Module } from '@nestjs/common';
import { RoomSettingsModule } from '../settings/room-settings.module.js';
import { DeletedRoomsRepository } from './deleted-rooms.repository.js';
import { GenerationsRepository } from './generations.repository.js';
import { HistoryController } from './history.controller.js';
import { HistoryTasks } from './history.tasks.js';
import { HoldersRepository } from './holders.repository.js';

@Module({
  imports: [RoomSettingsModule],
  controllers: [HistoryController],
  providers: [GenerationsRepository, HoldersRepository, DeletedRoomsRepository, HistoryTasks],
})
export class HistoryModule {}
