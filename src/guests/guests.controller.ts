import { Body, Controller, Post } from '@nestjs/common';
import { Access } from '../access/access.decorator.js';
import { TheOrigin } from '../access/principal.js';
import { InviteInvalid, RoomClosed } from '../admission/admission.problems.js';
import { SignedIn } from '../auth/auth.schema.js';
import { SignInKey } from '../auth/sign-in-key.decorator.js';
import { Operation, Section } from '../common/documented.js';
import type { Origin } from '../common/request.js';
import { Refuses } from '../common/refuses.js';
import { Returns } from '../common/returns.js';
import { SignInAsGuest } from './guest.schema.js';
import { GuestsService } from './guests.service.js';

@Section('Sign-in')
@Controller('v1/auth/guest')
export class GuestsController {
  constructor(private readonly guests: GuestsService) {}

  @Post()
  @Operation('signInAsGuest', 'Sign in to one room by an invite, without an account')
  @Access('anyone')
  @Refuses(InviteInvalid, RoomClosed)
  @Returns(201, SignedIn)
  signIn(
    @Body({ schema: SignInAsGuest }) body: SignInAsGuest,
    @TheOrigin() origin: Origin,
    @SignInKey() key: string | undefined,
  ): Promise<SignedIn> {
    return this.guests.signIn(body, origin, key);
  }
}
