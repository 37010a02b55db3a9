import { Body, Controller, Delete, Get, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { Access } from '../../platform/access/access.decorator.js';
import { ownsAllRooms, runsAllRooms } from '../../platform/access/global-role.js';
import { type Caller, TheCaller } from '../../platform/access/principal.js';
import { Operation, Section } from '../../platform/http/documented.js';
import type { Page } from '../../platform/http/paging.js';
import { pathOf } from '../../platform/http/public-address.js';
import type { Reply } from '../../platform/http/request.js';
import { Refuses } from '../../platform/http/refuses.js';
import { Returns, ReturnsNothing } from '../../platform/http/returns.js';
import { Config } from '../../platform/config/config.js';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { Idempotent } from '../../platform/idempotency/idempotent.decorator.js';
import { TheUnit } from '../../platform/idempotency/unit.decorator.js';
import { etagOf, IfMatch } from './etag.js';
import { ChangeRoom, CreateRoom, ListRooms, RoomList, RoomPath, RoomView } from './room.schema.js';
import type { ShownRoom } from './room-crowds.js';
import { SlugTaken } from './rooms.problems.js';
import { RoomsService } from './rooms.service.js';

@Section('Rooms')
@Controller('v1/rooms')
export class RoomsController {
  constructor(
    private readonly rooms: RoomsService,
    private readonly config: Config,
  ) {}

  @Get()
  @Operation(
    'listRooms',
    'List rooms',
    'Returns the rooms that the caller may see, the oldest first; administrators see every room.',
    'Send `nextCursor` as `cursor` for the next page.',
  )
  @Access('signed-in', { scope: 'rooms:read' })
  @Returns(200, RoomList)
  list(
    @Query({ schema: ListRooms }) query: ListRooms,
    @TheCaller() caller: Caller,
  ): Promise<Page<RoomView>> {
    return this.rooms.list(query, caller);
  }

  @Post()
  @Operation(
    'createRoom',
    'Create a room',
    'Creates a room that is open at once, or at `opensAt`. With `access: members`, add members or send invites next; with `access: users`, every user with an account may join.',
    'Send an `Idempotency-Key`, so that a repeated request creates no second room.',
  )
  @Access('admin', { who: runsAllRooms, scope: 'rooms:write' })
  @Idempotent()
  @Refuses(SlugTaken)
  @Returns(201, RoomView, 'Location', 'ETag')
  async create(
    @Body({ schema: CreateRoom }) body: CreateRoom,
    @TheCaller() caller: Caller,
    @TheUnit() unit: UnitOfWork,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<RoomView> {
    const room = await this.rooms.create(body, caller, unit);
    void reply.header('location', `${pathOf(this.config.PUBLIC_URL)}/v1/rooms/${room.id}`);
    return tagged(room, reply);
  }

  @Get(':room')
  @Operation(
    'getRoom',
    'Read a room',
    'Returns the settings of the room, its phase and the number of its participants. The value of the token is never part of it: join the room for its token.',
    'Send the `ETag` as `If-Match` when you change the room.',
  )
  @Access('room', { guests: true, scope: 'rooms:read' })
  @Returns(200, RoomView, 'ETag')
  async find(
    @Param({ schema: RoomPath }) { room }: RoomPath,
    @TheCaller() caller: Caller,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<RoomView> {
    return tagged(await this.rooms.show(room, caller), reply);
  }

  @Patch(':room')
  @Operation(
    'changeRoom',
    'Change a room',
    'Changes the fields that the body names, and no others (JSON Merge Patch); null removes an optional value. `status` opens, locks or closes the room.',
    'Only administrators may change `slug`, `access` and `capacity`.',
    'Send the `ETag` of the room as `If-Match` to refuse the change if the room has changed in between.',
  )
  @Access('host', { scope: 'rooms:write' })
  @Refuses(SlugTaken)
  @Returns(200, RoomView, 'ETag')
  async change(
    @Param({ schema: RoomPath }) { room }: RoomPath,
    @Body({ schema: ChangeRoom }) body: ChangeRoom,
    @IfMatch() ifMatch: readonly string[] | undefined,
    @TheCaller() caller: Caller,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<RoomView> {
    return tagged(await this.rooms.change(room, body, caller, ifMatch), reply);
  }

  @Delete(':room')
  @Operation(
    'deleteRoom',
    'Delete a room',
    'Ends all seats and feeds of the room, and frees its slug. Close the room instead (`status: closed`) if it may open again.',
  )
  @Access('admin', { who: ownsAllRooms, scope: 'rooms:write' })
  @ReturnsNothing()
  delete(
    @Param({ schema: RoomPath }) { room }: RoomPath,
    @IfMatch() ifMatch: readonly string[] | undefined,
    @TheCaller() caller: Caller,
  ): Promise<void> {
    return this.rooms.delete(room, caller, ifMatch);
  }
}

/** Adds the room's ETag to the answer; `RoomView` removes undeclared fields. */
function tagged(room: ShownRoom, reply: Reply): RoomView {
  void reply.header('etag', etagOf(room.version));
  return room;
}
