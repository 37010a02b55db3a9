import { Body, Controller, HttpStatus, Post, Res } from '@nestjs/common';
import { Access } from '../../platform/access/access.decorator.js';
import { WithTemporaryPassword } from '../../platform/access/with-temporary-password.decorator.js';
import { type Caller, TheCaller, TheOrigin } from '../../platform/access/principal.js';
import { Operation, Section } from '../../platform/http/documented.js';
import { Unauthenticated } from '../../platform/http/problems.js';
import type { Origin, Reply } from '../../platform/http/request.js';
import { Refuses } from '../../platform/http/refuses.js';
import { Returns, ReturnsNothing, ReturnsOneOf } from '../../platform/http/returns.js';
import { Nothing } from '../../platform/http/schema.js';
import { SharesItself } from '../../platform/limits/shares-itself.decorator.js';
import { UserView } from '../accounts/user.schema.js';
import { EmailTaken } from '../accounts/users.problems.js';
import {
  AccountDisabled,
  AccountPending,
  InvalidCredentials,
  RegistrationClosed,
} from './auth.problems.js';
import { Login, Refresh, Register, SignedIn } from './auth.schema.js';
import { SignInKey } from './sign-in-key.decorator.js';
import { RefreshService } from './refresh.service.js';
import { RegistrationService } from './registration.service.js';
import { SessionsService } from './sessions.service.js';
import { SignInService } from './sign-in.service.js';

@Section('Sign-in')
@Controller('v1/auth')
export class AuthController {
  constructor(
    private readonly registration: RegistrationService,
    private readonly signIn: SignInService,
    private readonly refreshes: RefreshService,
    private readonly sessions: SessionsService,
  ) {}

  @Post('register')
  @Operation('register', 'Open an account and sign in')
  @Access('anyone')
  @Refuses(RegistrationClosed, EmailTaken)
  @ReturnsOneOf({ 201: SignedIn, 202: UserView })
  async register(
    @Body({ schema: Register }) body: Register,
    @TheOrigin() origin: Origin,
    @SignInKey() key: string | undefined,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<SignedIn | UserView> {
    const registered = await this.registration.register(body, origin, key);
    if (!('accessToken' in registered)) void reply.code(HttpStatus.ACCEPTED);
    return registered;
  }

  @Post('login')
  @Operation('login', 'Sign in')
  @Access('anyone')
  @Refuses(InvalidCredentials, AccountPending, AccountDisabled)
  @Returns(200, SignedIn)
  login(@Body({ schema: Login }) body: Login, @TheOrigin() origin: Origin): Promise<SignedIn> {
    return this.signIn.login(body, origin);
  }

  @Post('refresh')
  @Operation(
    'refresh',
    'Get new tokens for the refresh token',
    'A refresh token is good for one refresh. If the answer was lost, send the same token again: for 10 s it gets the same successor, and after that, once and within 24 h, another one, if the first was never used. Every other use of a token that was exchanged ends the session.',
  )
  @Access('anyone')
  @SharesItself()
  @Refuses(Unauthenticated)
  @Returns(200, SignedIn)
  refresh(
    @Body({ schema: Refresh }) { refreshToken }: Refresh,
    @TheOrigin() origin: Origin,
  ): Promise<SignedIn> {
    return this.refreshes.refresh(refreshToken, origin);
  }

  @Post('logout')
  @Operation('logout', 'Sign out, and end the sign-in')
  @Access('signed-in', { guests: true })
  @WithTemporaryPassword()
  @ReturnsNothing()
  logout(@Body({ schema: Nothing }) _body: Nothing, @TheCaller() caller: Caller): Promise<void> {
    return this.sessions.endOwn(caller);
  }
}
