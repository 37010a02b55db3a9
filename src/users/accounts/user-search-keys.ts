import { Injectable } from '@nestjs/common';
import { Every } from '../../platform/tasks/every.decorator.js';
import { Database } from '../../platform/database/database.js';
import { SearchKeys } from '../../platform/database/search-keys.js';

/** Fills the search keys of users that an older server created or renamed. */
@Injectable()
export class UserSearchKeys {
  private readonly keys: SearchKeys;

  constructor(database: Database) {
    this.keys = new SearchKeys(database, 'users', ['display_name', 'email']);
  }

  @Every('2 s', 'key users')
  fillMissing(): Promise<void> {
    return this.keys.fillMissing();
  }
}
