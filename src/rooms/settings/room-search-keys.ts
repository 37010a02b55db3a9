import { Injectable } from '@nestjs/common';
import { Every } from '../../platform/tasks/every.decorator.js';
import { Database } from '../../platform/database/database.js';
import { SearchKeys } from '../../platform/database/search-keys.js';

/** Fills the search keys of rooms that an older server created or renamed. */
@Injectable()
export class RoomSearchKeys {
  private readonly keys: SearchKeys;

  constructor(database: Database) {
    this.keys = new SearchKeys(database, 'rooms', ['name', 'slug']);
  }

  @Every('2 s', 'key rooms')
  fillMissing(): Promise<void> {
    return this.keys.fillMissing();
  }
}
