import { timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { parse as bytesOf, stringify as uuidOf } from 'uuid';
import { LiveSessions } from '../../platform/access/access.ports.js';
import type { BearerForm } from '../../platform/access/bearer-form.ports.js';
import type { Principal } from '../../platform/access/principal.js';
import type { Problem } from '../../platform/http/problem.js';
import { ServerSecrets } from '../../platform/keyring/server-secrets.js';
import { BoundedMap } from '../../platform/tasks/bounded-map.js';
import { ParticipantSessions } from './participant-sessions.service.js';
import {
  ParticipantTokenEnded,
  ParticipantTokenExpired,
  ParticipantTokenMalformed,
} from './participants.problems.js';

const PREFIX = 'lkp_';
const FORM = /^lkp_([A-Za-z0-9_-]{64})$/;

/** Number of tokens whose users are remembered. */
const CAPACITY = 10_000;

/**
 * The bearer form of participant tokens. A token is derived from the id of its session, so that
 * equal grants return the same text, and nothing of it is stored.
 */
@Injectable()
export class ParticipantTokens implements BearerForm {
  private readonly users = new BoundedMap<string>(CAPACITY);

  constructor(
    private readonly secrets: ServerSecrets,
    private readonly live: LiveSessions,
    private readonly sessions: ParticipantSessions,
  ) {}

  tokenOf(sessionId: string): string {
    const mac = this.secrets.mac('participant token', sessionId);
    return `${PREFIX}${Buffer.concat([bytesOf(sessionId), mac]).toString('base64url')}`;
  }

  isFormOf(token: string): boolean {
    return token.startsWith(PREFIX);
  }

  /**
   * @throws {ParticipantTokenMalformed} without a query
   * @throws {ParticipantTokenExpired | ParticipantTokenEnded}
   */
  async authenticate(token: string): Promise<Principal> {
    const sessionId = this.sessionIdOf(token);
    if (sessionId === undefined) throw new ParticipantTokenMalformed();
    const session = await this.live.findLive(sessionId);
    if (!session) throw await this.refusalOf(sessionId);
    if (this.users.get(token) === undefined) this.users.set(token, session.userId);
    return session;
  }

  knownUserOf(token: string): string | undefined {
    return this.isFormOf(token) ? this.users.get(token) : undefined;
  }

  /** An app asks for a new token at once after an expiry, but not after a removal. */
  private async refusalOf(sessionId: string): Promise<Problem> {
    const hasRunOut = await this.sessions.hasRunOut(sessionId);
    return hasRunOut ? new ParticipantTokenExpired() : new ParticipantTokenEnded();
  }

  private sessionIdOf(token: string): string | undefined {
    const bytes = Buffer.from(FORM.exec(token)?.[1] ?? '', 'base64url');
    if (bytes.length !== 48) return undefined;
    const sessionId = uuidOf(bytes.subarray(0, 16));
    const expected = Buffer.from(this.tokenOf(sessionId));
    return timingSafeEqual(expected, Buffer.from(token)) ? sessionId : undefined;
  }
}
