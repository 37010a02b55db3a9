import { Body, Controller, Param, Put } from '@nestjs/common';
import { Access } from '../../platform/access/access.decorator.js';
import { administersUsers } from '../../platform/access/global-role.js';
import { type Caller, TheCaller } from '../../platform/access/principal.js';
import { Operation, Section } from '../../platform/http/documented.js';
import { Refuses } from '../../platform/http/refuses.js';
import { ReturnsNothing } from '../../platform/http/returns.js';
import { UserPath } from '../accounts/user.schema.js';
import { GuestLimited } from '../accounts/users.problems.js';
import { ResetPassword } from './account.schema.js';
import { PasswordChangesService } from './password-changes.service.js';

@Section('Users')
@Controller('v1/users/:id/password')
export class UserPasswordController {
  constructor(private readonly passwords: PasswordChangesService) {}

  @Put()
  @Operation(
    'resetPassword',
    'Give a user a temporary password, and sign them out everywhere',
    'Not for the password of the caller: it is changed with `PUT /v1/me/password`.',
  )
  @Access('admin', { who: administersUsers })
  @Refuses(GuestLimited)
  @ReturnsNothing()
  reset(
    @Param({ schema: UserPath }) { id }: UserPath,
    @Body({ schema: ResetPassword }) { password }: ResetPassword,
    @TheCaller() caller: Caller,
  ): Promise<void> {
    return this.passwords.reset(id, password, caller);
  }
}
