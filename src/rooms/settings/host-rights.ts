import { Injectable } from '@nestjs/common';
import { RightsService } from '../../platform/idempotency/rights.service.js';
import { RoomPath } from './room.schema.js';
import { RoomsService } from './rooms.service.js';

/** Decides who is a host of a room, for requests that are answered without the room's services. */
@Injectable()
export class HostRights {
  constructor(rooms: RoomsService, rights: RightsService) {
    rights.decideBy('host', async (params, caller) => {
      const path = RoomPath.safeParse(params);
      if (!path.success) return undefined;
      const { id } = await rooms.findAsHost(path.data.room, caller);
      return { ...(params as object), room: id };
    });
  }
}
