import { Injectable } from '@nestjs/common';
import { Ticking } from '../../platform/tasks/ticking.js';
import { Database } from '../../platform/database/database.js';
import { SearchKeys } from '../../platform/database/search-keys.js';

/** Gives rooms a key to be searched by that an older server made or renamed. */
@Injectable()
export class RoomSearchKeysTicker extends Ticking {
  constructor(database: Database) {
    const keys = new SearchKeys(database, 'rooms', ['name', 'slug']);
    super('key rooms', 2_000, () => keys.fillMissing());
  }
}
