import { Body, Controller, Param, Post } from '@nestjs/common';
import { Access } from '../../platform/access/access.decorator.js';
import { type Caller, TheCaller } from '../../platform/access/principal.js';
import { Banned, RoomClosed } from '../entry/entry.problems.js';
import { Operation, Section } from '../../platform/http/documented.js';
import { Refuses } from '../../platform/http/refuses.js';
import { Returns } from '../../platform/http/returns.js';
import { NotInRoom } from '../join/join.problems.js';
import { RoomPath } from '../settings/room.schema.js';
import { AdviceView, Report } from './report.schema.js';
import { ReportsService } from './reports.service.js';

@Section('Join')
@Controller('v1/rooms/:room/reports')
export class ReportsController {
  constructor(private readonly reports: ReportsService) {}

  @Post()
  @Operation(
    'reportSdkError',
    'Report an error of the SDK',
    'Send the code of an error that the SDK reports while the app is in the room. The answer names the next step for the app in `action`.',
    'If a join after `rejoin` returns the same `generation` and the SDK fails again, stop and inform the user: only a host or an administrator can replace the token (`POST /v1/rooms/{room}/rekey`).',
    'Independent reports of a dead session raise an alarm for administrators; they never change the token.',
  )
  @Access('room', { guests: true })
  @Refuses(Banned, NotInRoom, RoomClosed)
  @Returns(200, AdviceView)
  report(
    @Param({ schema: RoomPath }) { room }: RoomPath,
    @Body({ schema: Report }) body: Report,
    @TheCaller() caller: Caller,
  ): Promise<AdviceView> {
    return this.reports.answer(room, body, caller);
  }
}
