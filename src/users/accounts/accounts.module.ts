import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../../platform/audit/audit.module.js';
import { CommonPasswords } from './common-passwords.js';
import { ErasureRepository } from './erasure.repository.js';
import { ErasureService } from './erasure.service.js';
import { ExternalUsersService } from './external-users.service.js';
import { FirstAdmin } from './first-admin.js';
import { PasswordRules } from './password-rules.js';
import { PasswordsService } from './passwords.service.js';
import { ServiceUsersService } from './service-users.service.js';
import { User } from './user.entity.js';
import { UserPasswordsService } from './user-passwords.service.js';
import { UsersController } from './users.controller.js';
import { UsersRepository } from './users.repository.js';
import { UsersService } from './users.service.js';
import { UserSearchKeys } from './user-search-keys.js';

@Module({
  imports: [TypeOrmModule.forFeature([User]), AuditModule],
  controllers: [UsersController],
  providers: [
    UsersRepository,
    UsersService,
    PasswordsService,
    UserPasswordsService,
    ExternalUsersService,
    ServiceUsersService,
    PasswordRules,
    CommonPasswords,
    FirstAdmin,
    ErasureRepository,
    ErasureService,
    UserSearchKeys,
  ],
  exports: [
    UsersService,
    ExternalUsersService,
    ServiceUsersService,
    PasswordsService,
    UserPasswordsService,
  ],
})
export class AccountsModule {}
