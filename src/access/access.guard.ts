import { type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';
import { Forbidden, Unauthenticated } from '../common/problems.js';
import { ACCESS_LEVEL, type AccessLevel, OPEN_TO_GUESTS } from './access.decorator.js';
import { PasswordChangeRequired } from './access.problems.js';
import type { Principal } from './principal.js';
import { WITH_TEMPORARY_PASSWORD } from './with-temporary-password.decorator.js';

/** Stands in front of every route, closed by default. */
@Injectable()
export class AccessGuard extends AuthGuard('access-token') {
  constructor(private readonly reflector: Reflector) {
    super();
  }

  override async canActivate(context: ExecutionContext): Promise<boolean> {
    const level = this.reflector.get<AccessLevel | undefined>(ACCESS_LEVEL, context.getHandler());
    if (level === undefined) throw new Forbidden('This route is closed.');
    if (level === 'anyone') return true;
    await super.canActivate(context);
    const { user } = context.switchToHttp().getRequest<{ user: Principal }>();
    if (user.kind === 'guest' && !this.isOpenToGuests(context))
      throw new Forbidden('Guests may not do this.');
    if (user.hasTemporaryPassword && !this.allowsTemporaryPassword(context))
      throw new PasswordChangeRequired('An administrator has set the password; change it first.');
    if (level === 'admin' && user.role !== 'admin')
      throw new Forbidden('Only an administrator may do this.');
    return true;
  }

  private allowsTemporaryPassword(context: ExecutionContext): boolean {
    return (
      this.reflector.get<true | undefined>(WITH_TEMPORARY_PASSWORD, context.getHandler()) === true
    );
  }

  private isOpenToGuests(context: ExecutionContext): boolean {
    return this.reflector.get<boolean | undefined>(OPEN_TO_GUESTS, context.getHandler()) === true;
  }

  // Passport reports what is wrong with a token in `info`; what we throw ourselves comes as `error`.
  override handleRequest<User>(error: unknown, user: User | false | null): User {
    if (error) throw error as Error;
    if (!user) throw new Unauthenticated('Sign in, and send the access token as a bearer token.');
    return user;
  }
}
