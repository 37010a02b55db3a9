import { Module } from '@nestjs/common';
import { AdmissionModule } from '../admission/admission.module.js';
import { AuthModule } from '../auth/auth.module.js';
import { PresenceModule } from '../presence/presence.module.js';
import { TokensModule } from '../tokens/tokens.module.js';
import { EntryRepository } from './entry.repository.js';
import { InsideService } from './inside.service.js';
import { JoinController } from './join.controller.js';
import { JoinService } from './join.service.js';
import { SeatingRepository } from './seating.repository.js';

@Module({
  imports: [AuthModule, AdmissionModule, PresenceModule, TokensModule],
  controllers: [JoinController],
  providers: [JoinService, InsideService, EntryRepository, SeatingRepository],
  exports: [InsideService],
})
export class JoinModule {}
