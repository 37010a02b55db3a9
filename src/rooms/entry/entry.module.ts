import { Module } from '@nestjs/common';
import { AuditModule } from '../../platform/audit/audit.module.js';
import { PersonalDataModule } from '../../platform/personal-data/personal-data.module.js';
import { AccountsModule } from '../../users/accounts/accounts.module.js';
import { PresenceModule } from '../presence/presence.module.js';
import { RoomSettingsModule } from '../settings/room-settings.module.js';
import { LimitsModule } from '../../platform/limits/limits.module.js';
import { CodeEntryService } from './code-entry.service.js';
import { InviteCodes } from './invite-codes.js';
import { InviteEntryService } from './invite-entry.service.js';
import { InvitesController } from './invites.controller.js';
import { InvitesRepository } from './invites.repository.js';
import { InvitesService } from './invites.service.js';
import { WrongCodesService } from './wrong-codes.service.js';
import { MembersController } from './members.controller.js';
import { MembersRepository } from './members.repository.js';
import { MembersInBulkService } from './members-in-bulk.service.js';
import { MembersService } from './members.service.js';

@Module({
  imports: [
    AccountsModule,
    PersonalDataModule,
    PresenceModule,
    RoomSettingsModule,
    AuditModule,
    LimitsModule,
  ],
  controllers: [MembersController, InvitesController],
  providers: [
    PersonalDataModule.of('memberships', {
      fields: `room_id as "roomId", role, created_at as "createdAt"`,
      from: 'members where user_id = $1',
      key: { created_at: 'timestamptz', room_id: 'uuid' },
    }),
    // The rooms of which a person gave the access code.
    PersonalDataModule.of('accessCodes', {
      fields: `room_id as "roomId", version`,
      from: 'access_code_grants where user_id = $1',
      key: { room_id: 'uuid' },
    }),
    MembersService,
    MembersInBulkService,
    MembersRepository,
    InvitesService,
    InvitesRepository,
    InviteCodes,
    InviteEntryService,
    CodeEntryService,
    WrongCodesService,
  ],
  exports: [CodeEntryService, InviteEntryService],
})
export class EntryModule {}
