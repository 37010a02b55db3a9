import { Body, Controller, Param, Post } from '@nestjs/common';
import { Access } from '../../platform/access/access.decorator.js';
import { type Caller, TheCaller } from '../../platform/access/principal.js';
import { Operation, Section } from '../../platform/http/documented.js';
import { Refuses } from '../../platform/http/refuses.js';
import { Returns } from '../../platform/http/returns.js';
import { TooManyAttempts } from '../../platform/limits/limits.problems.js';
import { SharesItself } from '../../platform/limits/shares-itself.decorator.js';
import { CasUnavailable } from '../../tokens/protocol/tokens.problems.js';
import {
  AccessCodeRequired,
  AccessCodeWrong,
  Banned,
  RoomClosed,
  RoomFull,
  RoomLocked,
  RoomNotOpen,
} from '../entry/entry.problems.js';
import { RoomPath } from '../settings/room.schema.js';
import { GranteeDisabled, GranteePending, GranteePrivileged } from './grants.problems.js';
import { CreateGrant, ParticipantGrant } from './grants.schema.js';
import { GrantsService } from './grants.service.js';

@Section('Join')
@Controller('v1/rooms/:room/grants')
export class GrantsController {
  constructor(private readonly grants: GrantsService) {}

  @Post()
  @Operation(
    'grantSeat',
    'Join for a person of your own system',
    'Takes a seat in the room for a person of your own system, creates the person if they are new, and returns the answer of a join with a participant token.',
    'Give the answer to the app: the participant token is its only credential, and opens this room without your backend.',
    'A repeated grant returns the same token, seat and name. After a kick, a ban or a sign-out, it returns a new token.',
  )
  @Access('key', { scope: 'join:on-behalf' })
  @SharesItself()
  @Refuses(Banned, RoomNotOpen, RoomClosed, RoomLocked, RoomFull)
  @Refuses(AccessCodeRequired, AccessCodeWrong, TooManyAttempts, CasUnavailable)
  @Refuses(GranteeDisabled, GranteePending, GranteePrivileged)
  @Returns(200, ParticipantGrant)
  grant(
    @Param({ schema: RoomPath }) { room }: RoomPath,
    @Body({ schema: CreateGrant }) body: CreateGrant,
    @TheCaller() caller: Caller,
  ): Promise<ParticipantGrant> {
    return this.grants.grant(room, body, caller);
  }
}
