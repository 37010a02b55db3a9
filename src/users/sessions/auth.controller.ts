import { Body, Controller, HttpStatus, Post, Res } from '@nestjs/common';
import { Access } from '../../platform/access/access.decorator.js';
import { WithTemporaryPassword } from '../../platform/access/with-temporary-password.decorator.js';
import { type Caller, TheCaller, TheOrigin } from '../../platform/access/principal.js';
import { Operation, Section } from '../../platform/http/documented.js';
import type { Origin, Reply } from '../../platform/http/request.js';
import { Refuses } from '../../platform/http/refuses.js';
import { Returns, ReturnsNothing, ReturnsOneOf } from '../../platform/http/returns.js';
import { Nothing } from '../../platform/http/schema.js';
import { SharesItself } from '../../platform/limits/shares-itself.decorator.js';
import { TooManyAttempts } from '../../platform/limits/limits.problems.js';
import { UserView } from '../accounts/user.schema.js';
import { EmailTaken } from '../accounts/users.problems.js';
import {
  AccountDisabled,
  AccountPending,
  InvalidCredentials,
  RefreshTokenInvalid,
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
  @Operation(
    'register',
    'Register an account',
    'Creates an account and signs in. If `REGISTRATION` is `approval`, the answer is 202 without tokens: the user signs in after an administrator has approved the account (`PATCH /v1/users/{id}` with `status: active`).',
    'Keep the tokens as after a sign-in.',
  )
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
  @Operation(
    'login',
    'Sign in',
    'Returns an access token, a refresh token and a device token. Send the access token as `Authorization: Bearer …` with every request. When a request gets 401, exchange the refresh token for new tokens; earlier is allowed.',
    'Store the device token and send it with the next sign-in: attempts of strangers then cannot lock this device out.',
  )
  @Access('anyone')
  @Refuses(InvalidCredentials, AccountPending, AccountDisabled, TooManyAttempts)
  @Returns(200, SignedIn)
  login(@Body({ schema: Login }) body: Login, @TheOrigin() origin: Origin): Promise<SignedIn> {
    return this.signIn.login(body, origin);
  }

  @Post('refresh')
  @Operation(
    'refresh',
    'Exchange a refresh token for new tokens',
    'Refresh when a request gets 401 (earlier is allowed), and keep the new tokens: each refresh token works once.',
    'If the answer was lost, send the same token again: for 10 seconds it returns the same successor, and within 24 hours, once, a new successor if the first was never used.',
    'Every other use of an exchanged token ends the sign-in.',
  )
  @Access('anyone')
  @SharesItself()
  @Refuses(RefreshTokenInvalid)
  @Returns(200, SignedIn)
  refresh(
    @Body({ schema: Refresh }) { refreshToken }: Refresh,
    @TheOrigin() origin: Origin,
  ): Promise<SignedIn> {
    return this.refreshes.refresh(refreshToken, origin);
  }

  @Post('logout')
  @Operation(
    'logout',
    'Sign out',
    'Ends this sign-in: its access token and refresh token are refused from now on, and its seats end.',
  )
  @Access('signed-in', { guests: true })
  @WithTemporaryPassword()
  @ReturnsNothing()
  logout(@Body({ schema: Nothing }) _body: Nothing, @TheCaller() caller: Caller): Promise<void> {
    return this.sessions.endOwn(caller);
  }
}
