import { Injectable } from '@nestjs/common';
import { Ticking } from '../../platform/tasks/ticking.js';
import { Database } from '../../platform/database/database.js';
import { SearchKeys } from '../../platform/database/search-keys.js';

/** Gives users a key to be searched by whom an older server made or renamed. */
@Injectable()
export class UserSearchKeysTicker extends Ticking {
  constructor(database: Database) {
    const keys = new SearchKeys(database, 'users', ['display_name', 'email']);
    super('key users', 2_000, () => keys.fillMissing());
  }
}
