import { Body, Controller, Post } from '@nestjs/common';
import { Access } from '../../platform/access/access.decorator.js';
import { TheOrigin } from '../../platform/access/principal.js';
import { InviteInvalid, RoomClosed } from '../entry/entry.problems.js';
import { SignedIn } from '../../users/sessions/auth.schema.js';
import { SignInKey } from '../../users/sessions/sign-in-key.decorator.js';
import { Operation, Section } from '../../platform/http/documented.js';
import type { Origin } from '../../platform/http/request.js';
import { Refuses } from '../../platform/http/refuses.js';
import { Returns } from '../../platform/http/returns.js';
import { SignInAsGuest } from './guest.schema.js';
import { GuestsService } from './guests.service.js';

@Section('Sign-in')
@Controller('v1/auth/guest')
export class GuestsController {
  constructor(private readonly guests: GuestsService) {}

  @Post()
  @Operation(
    'signInAsGuest',
    'Sign in as a guest',
    'Signs in a person without an account as a guest of the room of an invite, for at most 24 hours; join that room next.',
    'The answer does not name the room. Put the slug or id of the room into the link together with the code, for example `https://app.example.org/join?room=cup-final#lki_…`.',
    'The code comes from `POST /v1/rooms/{room}/invites`; each guest counts as a use of the invite.',
  )
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
