import { type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';
import { Unauthenticated } from '../http/problems.js';
import type { Request } from '../http/request.js';
import {
  ACCESS_LEVEL,
  type AccessLevel,
  NEEDED_CAPABILITY,
  NEEDED_SCOPE,
  OPEN_TO_GUESTS,
} from './access.decorator.js';
import {
  AdminsOnly,
  ClosedToGuests,
  InsufficientScope,
  KeysOnly,
  PasswordChangeRequired,
  RouteClosed,
} from './access.problems.js';
import { VerificationKeys } from './access.ports.js';
import { BearerForms } from './bearer-form.ports.js';
import { hintOf, reasonOf } from './bearer-hint.js';
import type { Capability } from './capability.js';
import { ForeignIssuers } from './foreign-issuers.js';
import type { ApiKeyRights, Principal } from './principal.js';
import type { Scope } from './scope.js';
import { bearerOf, knownUserOf } from './verified-tokens.js';
import { WITH_TEMPORARY_PASSWORD } from './with-temporary-password.decorator.js';

/** Guards every route; routes are closed by default. */
@Injectable()
export class AccessGuard extends AuthGuard('access-token') {
  private readonly foreignIssuers = new ForeignIssuers();

  constructor(
    private readonly reflector: Reflector,
    private readonly forms: BearerForms,
    private readonly keys: VerificationKeys,
  ) {
    super();
  }

  override async canActivate(context: ExecutionContext): Promise<boolean> {
    const level = this.reflector.get<AccessLevel | undefined>(ACCESS_LEVEL, context.getHandler());
    if (level === undefined) throw new RouteClosed();
    if (level === 'anyone') return true;
    const user = await this.authenticate(context);
    if (user.apiKey) {
      this.refuseByScope(user.apiKey, context);
      return true;
    }
    if (user.guestRoomId !== null && !this.isOpenToGuests(context)) throw new ClosedToGuests();
    if (user.hasTemporaryPassword && !this.allowsTemporaryPassword(context))
      throw new PasswordChangeRequired();
    if (level === 'key') throw new KeysOnly();
    if (level === 'admin' && !this.isAllowed(user, context)) throw new AdminsOnly();
    return true;
  }

  private async authenticate(context: ExecutionContext): Promise<Principal> {
    const request = context.switchToHttp().getRequest<Request & { user: Principal }>();
    const { authorization } = request.headers;
    // Most tokens are our own and were verified before: these need no look at their form.
    const form =
      knownUserOf(authorization) === undefined
        ? this.forms.formOf(bearerOf(authorization))
        : undefined;
    if (form) request.user = await form.authenticate(bearerOf(authorization), request);
    else await super.canActivate(context);
    return request.user;
  }

  /** @throws {InsufficientScope} also for a route without a scope */
  private refuseByScope({ scopes }: ApiKeyRights, context: ExecutionContext): void {
    const scope = this.reflector.get<Scope | undefined>(NEEDED_SCOPE, context.getHandler());
    if (scope === undefined || !scopes.has(scope)) throw new InsufficientScope(scope ?? null);
  }

  private isAllowed({ role }: Principal, context: ExecutionContext): boolean {
    const needed = this.reflector.get<Capability | undefined>(
      NEEDED_CAPABILITY,
      context.getHandler(),
    );
    return needed?.(role) === true;
  }

  private allowsTemporaryPassword(context: ExecutionContext): boolean {
    return (
      this.reflector.get<true | undefined>(WITH_TEMPORARY_PASSWORD, context.getHandler()) === true
    );
  }

  private isOpenToGuests(context: ExecutionContext): boolean {
    return this.reflector.get<boolean | undefined>(OPEN_TO_GUESTS, context.getHandler()) === true;
  }

  // Passport reports a faulty token in `info`; our own exceptions arrive as `error`.
  override handleRequest<User>(
    error: unknown,
    user: User | false | null,
    info: unknown,
    context: ExecutionContext,
  ): User {
    if (error) throw error as Error;
    if (user) return user;
    const request = context.switchToHttp().getRequest<Request>();
    this.foreignIssuers.notice(info, request);
    const { authorization } = request.headers;
    const reason = reasonOf(authorization, this.keys.issuer);
    throw new Unauthenticated(hintOf(authorization), reason === undefined ? {} : { reason });
  }
}
