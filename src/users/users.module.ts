import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { EventsModule } from '../events/events.module.js';
import { FirstAdmin } from './first-admin.js';
import { MeController } from './me.controller.js';
import { PasswordsService } from './passwords.service.js';
import { User } from './user.entity.js';
import { UsersController } from './users.controller.js';
import { UsersRepository } from './users.repository.js';
import { UsersService } from './users.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([User]), EventsModule],
  controllers: [UsersController, MeController],
  providers: [UsersRepository, UsersService, PasswordsService, FirstAdmin],
  exports: [UsersService, PasswordsService],
})
export class UsersModule {}
