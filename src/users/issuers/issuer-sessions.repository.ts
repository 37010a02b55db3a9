import { Injectable } from '@nestjs/common';
import type { GlobalRole } from '../../platform/access/global-role.js';
import { type AuditEntry, auditValuesOf } from '../../platform/audit/audit.service.js';
import { Config } from '../../platform/config/config.js';
import { Database, rowsOf, type Transaction } from '../../platform/database/database.js';
import { searchKeyOf } from '../../platform/http/folding.js';
import type { Origin } from '../../platform/http/request.js';
import { Every } from '../../platform/tasks/every.decorator.js';
import { inTurn, type Progress } from '../../platform/tasks/progress.js';
import {
  CREATE,
  CROWD,
  ENDS_KEPT_DAYS,
  FIND,
  FORGET_OLDEST,
  OPEN,
  PURGE_ENDED,
  PURGE_UNUSED,
  RENEW,
  RUN_OUT_OLDEST,
} from './issuer-sessions.statements.js';

const AT_ONCE = 1_000;

/** A session of an issuer's token. */
export interface IssuerSession {
  readonly id: string;
  readonly signInKey: Buffer;
  readonly identityKey: Buffer;
  /** The sign-in must have ended before this time, or not at all. */
  readonly laterThan: Date | '-infinity';
  readonly issuedAt: Date;
  readonly endsAt: Date;
  readonly origin: Origin;
}

interface Crowd {
  readonly isLarge: boolean;
  readonly isLong: boolean;
}

export interface NewPerson {
  readonly id: string;
  readonly issuer: string;
  readonly subject: string;
  readonly displayName: string;
  readonly role: GlobalRole;
  /** Null if the role is managed here. */
  readonly roleDecidedAt: Date | null;
  readonly status: 'active' | 'pending';
}

export interface FoundPerson {
  readonly now: Date;
  readonly id: string | null;
  readonly status: string | null;
  readonly role: GlobalRole | null;
  readonly isDeleted: boolean;
  readonly isErased: boolean;
  /** Whether the account is disabled again when a deleted person returns. */
  readonly staysDisabled: boolean | null;
  readonly endedAt: Date | null;
}

@Injectable()
export class IssuerSessionsRepository {
  constructor(
    private readonly database: Database,
    private readonly config: Config,
  ) {}

  async find(identityKey: Buffer, signInKey: Buffer): Promise<FoundPerson> {
    const row = await this.database.queryOne<FoundPerson>(FIND, [identityKey, signInKey]);
    return row as FoundPerson;
  }

  /** Returns false if somebody has the identity, or the sign-in has ended. */
  async create(
    session: IssuerSession,
    person: NewPerson,
    entries: readonly [registered: AuditEntry, opened: AuditEntry],
  ): Promise<boolean> {
    const { id, issuer, subject, displayName, role, roleDecidedAt, status } = person;
    const row = await this.database.queryOne(CREATE, [
      ...valuesOf(session),
      id,
      issuer,
      subject,
      session.identityKey,
      displayName,
      searchKeyOf(displayName, null),
      role,
      roleDecidedAt,
      status,
      ...entries.flatMap(auditValuesOf),
    ]);
    return row !== undefined;
  }

  /** Opens the session, or opens it again; returns false if the user or the sign-in has changed. */
  async open(
    session: IssuerSession,
    userId: string,
    name: string | undefined,
    entry: AuditEntry,
  ): Promise<boolean> {
    const row = await this.database.queryOne(OPEN, [
      ...valuesOf(session),
      userId,
      session.identityKey,
      name ?? null,
      name === undefined ? null : searchKeyOf(name, null),
      ...auditValuesOf(entry),
    ]);
    return row !== undefined;
  }

  /** @param role that the token claims, if the claims of the issuer decide about roles */
  async renew(session: IssuerSession, userId: string, role: GlobalRole | undefined): Promise<void> {
    const { id, identityKey, issuedAt, endsAt, origin } = session;
    const { device, address } = origin;
    const values = [id, issuedAt, endsAt, device, address, userId, identityKey, role ?? null];
    await this.database.query(RENEW, values);
  }

  /** Whether a person has more live sessions, or more sessions, than these numbers. */
  async crowdOf(userId: string, live: number, all: number): Promise<Crowd> {
    const row = await this.database.queryOne<Crowd>(CROWD, [userId, live, all]);
    return row as Crowd;
  }

  /** Deletes the longest unused sessions until `most` remain. */
  async forgetOldest(transaction: Transaction, userId: string, most: number): Promise<void> {
    await rowsOf(transaction, FORGET_OLDEST, [userId, most]);
  }

  /** Lets the longest unused sessions run out until `most` remain; returns their ids. */
  async runOutOldest(transaction: Transaction, userId: string, most: number): Promise<string[]> {
    const rows = await rowsOf<{ id: string }>(transaction, RUN_OUT_OLDEST, [userId, most]);
    return rows.map(({ id }) => id);
  }

  @Every('60 s', 'purge sign-ins at issuers')
  purge(unusedSeconds = this.config.PERSONAL_DATA_TTL, endedDays = ENDS_KEPT_DAYS) {
    return inTurn(
      (): Promise<Progress> => this.database.purgeInBatches(PURGE_UNUSED, [unusedSeconds], AT_ONCE),
      (): Promise<Progress> => this.database.purgeInBatches(PURGE_ENDED, [endedDays], AT_ONCE),
    );
  }
}

function valuesOf({ id, signInKey, laterThan, issuedAt, endsAt, origin }: IssuerSession) {
  return [signInKey, laterThan, id, origin.device, origin.address, issuedAt, endsAt];
}
