import { Body, Controller, Delete, Get, Patch, Put, StreamableFile } from '@nestjs/common';
import { Access } from '../../platform/access/access.decorator.js';
import { FreshSignInRequired } from '../../platform/access/access.problems.js';
import { type Caller, TheCaller } from '../../platform/access/principal.js';
import { WithTemporaryPassword } from '../../platform/access/with-temporary-password.decorator.js';
import { Operation, Section } from '../../platform/http/documented.js';
import { Refuses } from '../../platform/http/refuses.js';
import { Returns, ReturnsInPieces, ReturnsNothing } from '../../platform/http/returns.js';
import { TooManyAttempts } from '../../platform/limits/limits.problems.js';
import { UserView } from '../accounts/user.schema.js';
import { EmailTaken, LastAdmin, ManagedElsewhere } from '../accounts/users.problems.js';
import {
  AddressChangesClosed,
  CurrentPasswordWrong,
  ExportUnderWay,
  PasswordUnchanged,
} from './account.problems.js';
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
  @Operation(
    'getMe',
    'Read your account',
    'Returns the account of the caller: name, role and status. Use it to check whether an access token is still accepted.',
  )
  @Access('signed-in', { guests: true })
  @Returns(200, UserView)
  find(@TheCaller() caller: Caller): Promise<UserView> {
    return this.account.find(caller);
  }

  @Patch()
  @Operation(
    'changeMe',
    'Change your account',
    'Changes the fields that the body names, and no others. A new `email` requires that you signed in less than ten minutes ago. If registration is closed, only administrators may change it.',
  )
  @Access('signed-in')
  @Refuses(EmailTaken, FreshSignInRequired, AddressChangesClosed, ManagedElsewhere)
  @Returns(200, UserView)
  change(
    @Body({ schema: ChangeMe }) body: ChangeMe,
    @TheCaller() caller: Caller,
  ): Promise<UserView> {
    return this.account.change(body, caller);
  }

  @Delete()
  @Operation(
    'deleteMe',
    'Delete your account',
    'Deletes your account and your personal data, and ends your sign-ins and seats. It cannot be undone, and requires that you signed in less than ten minutes ago.',
  )
  @Access('signed-in')
  @Refuses(FreshSignInRequired, LastAdmin)
  @ReturnsNothing()
  delete(@TheCaller() caller: Caller): Promise<void> {
    return this.account.delete(caller);
  }

  @Get('export')
  @Operation(
    'exportMe',
    'Export your data',
    'Returns the data that is stored about you as JSON. You can make a few exports a day, one at a time. A kind with more than 10,000 records is shortened, and named in `shortened`.',
  )
  @Access('signed-in')
  @Refuses(ExportUnderWay)
  @ReturnsInPieces(Export)
  async export(@TheCaller() caller: Caller): Promise<StreamableFile> {
    return new StreamableFile(await this.account.export(caller), {
      type: 'application/json; charset=utf-8',
    });
  }

  @Put('password')
  @Operation(
    'changeMyPassword',
    'Change your password',
    'Sets a new password, and ends all your other sign-ins. A user with a temporary password has to send this first. Until then, only changing the password, refresh and sign-out are allowed.',
  )
  @Access('signed-in')
  @WithTemporaryPassword()
  @Refuses(PasswordUnchanged, CurrentPasswordWrong, TooManyAttempts, ManagedElsewhere)
  @ReturnsNothing()
  changePassword(
    @Body({ schema: ChangePassword }) body: ChangePassword,
    @TheCaller() caller: Caller,
  ): Promise<void> {
    return this.passwords.change(body, caller);
  }
}
