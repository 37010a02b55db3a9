import { Body, Controller, Param, Put } from '@nestjs/common';
import { Access } from '../access/access.decorator.js';
import { type Caller, TheCaller } from '../access/principal.js';
import { Operation, Section } from '../common/documented.js';
import { Refuses } from '../common/refuses.js';
import { ReturnsNothing } from '../common/returns.js';
import { UserPath } from '../users/user.schema.js';
import { GuestLimited } from '../users/users.problems.js';
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
  @Access('admin')
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
