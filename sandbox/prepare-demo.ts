import pg from 'pg';
import type { Person } from './credentials.js';
import { DEMO_USERS } from './demo.js';
import type { Tour } from './tour.js';

// A user who was deleted keeps the id; their successor then has an id of their own.
const GIVE_ID = `update users set id = $1
                  where email = $2 and not exists (select from users where id = $1)`;

/** No route lets a caller choose an id. Users without a sign-in have no other rows yet. */
async function giveIds(databaseUrl: string, emails: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    for (const { id, email } of DEMO_USERS.filter((user) => emails.includes(user.email)))
      await client.query(GIVE_ID, [id, email]);
  } finally {
    await client.end();
  }
}

export async function prepareDemo(
  tour: Tour,
  databaseUrl: string,
  admin: Person,
  users: readonly Person[],
): Promise<void> {
  await giveIds(databaseUrl, await tour.makeUsers(admin, users));
  await tour.makeDemoRoom(admin);
}
