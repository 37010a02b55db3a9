import { Injectable } from '@nestjs/common';
import { uuidv7 } from '../../platform/database/ids.js';
import type { Origin } from '../../platform/http/request.js';
import type { Transaction } from '../../platform/database/database.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import type { UserView } from '../accounts/user.schema.js';
import type { SignedIn } from './auth.schema.js';
import { OpaqueTokens } from './opaque-tokens.js';
import { type GuestStay, SessionsRepository } from './sessions.repository.js';
import type { NoteSignIn } from './sign-in-marks.service.js';
import { SignedInAnswers } from './signed-in-answers.js';

@Injectable()
export class SessionOpener {
  constructor(
    private readonly sessions: SessionsRepository,
    private readonly tokens: OpaqueTokens,
    private readonly answers: SignedInAnswers,
    private readonly audit: AuditService,
  ) {}

  /** Signs a guest in by an invite, at most until the given time. */
  openForGuest(
    transaction: Transaction,
    guest: UserView,
    origin: Origin,
    stay: GuestStay,
    note: NoteSignIn,
  ): Promise<SignedIn> {
    return this.open(transaction, guest, origin, null, note, stay);
  }

  async open(
    transaction: Transaction,
    user: UserView,
    origin: Origin,
    passwordHash: string | null,
    note: NoteSignIn,
    stay?: GuestStay,
  ): Promise<SignedIn> {
    const { session, refreshToken, entry } = this.draft(user, origin);
    const opened = await this.sessions.open(transaction, { ...session, ...stay });
    await this.audit.record(transaction, entry);
    await note(transaction, { userId: user.id, sessionId: session.id });
    const { deviceId } = session;
    return this.answers.answer(user, session.id, opened, refreshToken, { deviceId, passwordHash });
  }

  /** Prepares a session that is not stored yet. */
  draft({ id: userId }: UserView, origin: Origin, knownDevice?: string) {
    const id = uuidv7();
    const deviceId = knownDevice ?? this.tokens.newDevice();
    const refreshToken = this.tokens.refreshToken({ sessionId: id, counter: 0 });
    const session = { id, userId, deviceId, refreshHash: this.tokens.hashOf(refreshToken), origin };
    const actor = { userId, origin };
    const details = { sessionId: id };
    const entry = { action: 'session.opened', actor, userId, details } as const;
    return { session, refreshToken, entry };
  }
}
