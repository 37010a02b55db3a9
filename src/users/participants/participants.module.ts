import { Module } from '@nestjs/common';
import { SessionsModule } from '../sessions/sessions.module.js';
import { ParticipantSessions } from './participant-sessions.service.js';
import { ParticipantTokens } from './participant-tokens.service.js';

@Module({
  imports: [SessionsModule],
  providers: [ParticipantTokens, ParticipantSessions],
  exports: [ParticipantTokens, ParticipantSessions],
})
export class ParticipantsModule {}
