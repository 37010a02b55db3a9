import { Body, Controller, Param, Put } from '@nestjs/common';
import { Access } from '../../platform/access/access.decorator.js';
import { administersUsers } from '../../platform/access/global-role.js';
import { type Caller, TheCaller } from '../../platform/access/principal.js';
import { Operation, Section } from '../../platform/http/documented.js';
import { NoSuchUser } from '../../platform/http/problems.js';
import { Refuses } from '../../platform/http/refuses.js';
import { ReturnsNothing } from '../../platform/http/returns.js';
import { UserPath } from '../accounts/user.schema.js';
import { ManagedElsewhere, OwnPassword, ServiceIsApiKey } from '../accounts/users.problems.js';
import { GuestWithoutPassword } from './account.problems.js';
import { ResetPassword } from './account.schema.js';
import { PasswordChangesService } from './password-changes.service.js';

@Section('Users')
@Controller('v1/users/:id/password')
export class UserPasswordController {
  constructor(private readonly passwords: PasswordChangesService) {}

  @Put()
  @Operation(
    'resetPassword',
    'Give a user a temporary password',
    'Sets the password, and signs the user out everywhere. After the next sign-in the user must choose a password with `PUT /v1/me/password`.',
    'Change your own password with `PUT /v1/me/password` instead.',
  )
  @Access('admin', { who: administersUsers })
  @Refuses(OwnPassword, ServiceIsApiKey, NoSuchUser, GuestWithoutPassword, ManagedElsewhere)
  @ReturnsNothing()
  reset(
    @Param({ schema: UserPath }) { id }: UserPath,
    @Body({ schema: ResetPassword }) { password }: ResetPassword,
    @TheCaller() caller: Caller,
  ): Promise<void> {
    return this.passwords.reset(id, password, caller);
  }
}
