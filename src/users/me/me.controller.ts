import { Body, Controller, Delete, Get, Patch, Put, StreamableFile } from '@nestjs/common';
import { Access } from '../../platform/access/access.decorator.js';
import { FreshSignInRequired } from '../../platform/access/access.problems.js';
import { type Caller, TheCaller } from '../../platform/access/principal.js';
import { WithTemporaryPassword } from '../../platform/access/with-temporary-password.decorator.js';
import { RegistrationClosed } from '../sessions/auth.problems.js';
import { Operation, Section } from '../../platform/http/documented.js';
import { RateLimited } from '../../platform/http/problems.js';
import { Refuses } from '../../platform/http/refuses.js';
import { Returns, ReturnsInPieces, ReturnsNothing } from '../../platform/http/returns.js';
import { UserView } from '../accounts/user.schema.js';
import { EmailTaken, LastAdmin } from '../accounts/users.problems.js';
import { CurrentPasswordWrong } from './account.problems.js';
import { ChangeMe, ChangePassword, Export } from './account.schema.js';
import { AccountService } from './account.service.js';
import { PasswordChangesService } from './password-changes.service.js';

@Section('Own account')
@Controller('v1/me')
export class MeController {
  constructor(
    private readonly account: AccountService,
    private readonly passwords: PasswordChangesService,
  ) {}

  @Get()
  @Operation('getMe', 'Read one’s own account')
  @Access('signed-in', { guests: true })
  @Returns(200, UserView)
  find(@TheCaller() caller: Caller): Promise<UserView> {
    return this.account.find(caller);
  }

  @Patch()
  @Operation('changeMe', 'Change one’s own name or address')
  @Access('signed-in')
  @Refuses(EmailTaken, FreshSignInRequired, RegistrationClosed)
  @Returns(200, UserView)
  change(
    @Body({ schema: ChangeMe }) body: ChangeMe,
    @TheCaller() caller: Caller,
  ): Promise<UserView> {
    return this.account.change(body, caller);
  }

  @Delete()
  @Operation('deleteMe', 'Delete one’s own account')
  @Access('signed-in')
  @Refuses(FreshSignInRequired, LastAdmin)
  @ReturnsNothing()
  delete(@TheCaller() caller: Caller): Promise<void> {
    return this.account.delete(caller);
  }

  @Get('export')
  @Operation('exportMe', 'Read all that is stored about oneself')
  @Access('signed-in')
  @Refuses(RateLimited)
  @ReturnsInPieces(Export)
  async export(@TheCaller() caller: Caller): Promise<StreamableFile> {
    return new StreamableFile(await this.account.export(caller), {
      type: 'application/json; charset=utf-8',
    });
  }

  @Put('password')
  @Operation('changeMyPassword', 'Change one’s own password, and sign out everywhere else')
  @Access('signed-in')
  @WithTemporaryPassword()
  @Refuses(CurrentPasswordWrong, RateLimited)
  @ReturnsNothing()
  changePassword(
    @Body({ schema: ChangePassword }) body: ChangePassword,
    @TheCaller() caller: Caller,
  ): Promise<void> {
    return this.passwords.change(body, caller);
  }
}
