import { Controller, Get, Param, Query } from '@nestjs/common';
import { Access } from '../../platform/access/access.decorator.js';
import { runsAllRooms } from '../../platform/access/global-role.js';
import { type Caller, TheCaller } from '../../platform/access/principal.js';
import { Operation, Section } from '../../platform/http/documented.js';
import { NoSuchUser } from '../../platform/http/problems.js';
import { Refuses } from '../../platform/http/refuses.js';
import { Returns } from '../../platform/http/returns.js';
import { RoomPath } from '../settings/room.schema.js';
import { Explain, ExplanationView } from './explain.schema.js';
import { ExplainService } from './explain.service.js';

@Section('Join')
@Controller('v1/rooms/:room/explain')
export class ExplainController {
  constructor(private readonly explanations: ExplainService) {}

  @Get()
  @Operation(
    'explainEntry',
    'Explain whether a user can enter',
    'Checks every rule of entry for the user, as a join without `inviteCode` and `accessCode` would now, and changes nothing. Use it when a user reports that they cannot join.',
    'Each rule with the verdict `fail` is a reason for a refusal; its `detail` describes the reason.',
  )
  @Access('admin', { who: runsAllRooms, scope: 'rooms:read' })
  @Refuses(NoSuchUser)
  @Returns(200, ExplanationView)
  explain(
    @Param({ schema: RoomPath }) { room }: RoomPath,
    @Query({ schema: Explain }) { userId }: Explain,
    @TheCaller() caller: Caller,
  ): Promise<ExplanationView> {
    return this.explanations.explain(room, userId, caller);
  }
}
