import { randomBytes } from 'node:crypto';
import { hash } from '@node-rs/argon2';
import { DataSource } from 'typeorm';
import { Agent, request } from 'undici';
import { v7 } from 'uuid';
import { SigningKeys } from '../../src/users/sessions/signing-keys.js';
import type { Config } from '../../src/platform/config/config.js';
import { dataSourceOptions } from '../../src/platform/database/data-source.js';
import { Database } from '../../src/platform/database/database.js';
import { Keyring } from '../../src/platform/keyring/keyring.js';
import { KeySuccession } from '../../src/platform/keyring/key-succession.service.js';
import { KeyUses } from '../../src/platform/keyring/key-uses.service.js';
import { ServerKeys } from '../../src/platform/keyring/server-keys.js';
import { Client } from './client.js';
import type { SignedIn } from './shapes.js';

/** A person of a crowd, signed in without the cost of hashing a password. */
export interface Face {
  readonly userId: string;
  readonly accessToken: string;
}

export const CROWD_PASSWORD = 'one password for all';

const USERS = `
  insert into users (id, email, email_key, display_name, role, status, password_hash)
  select id, id || '@example.org', id || '@example.org', coalesce($2, 'Fan ' || place), 'user',
         'active', $3
    from unnest($1::uuid[]) with ordinality people (id, place)`;

const SESSIONS = `
  insert into sessions (id, user_id, device_id, device, address, refresh_hash,
                        idle_expires_at, expires_at)
  select session_id, user_id, session_id, 'crowd', '127.0.0.1', $3,
         clock_timestamp() + interval '1 day', clock_timestamp() + interval '1 day'
    from unnest($1::uuid[], $2::uuid[]) people (session_id, user_id)`;

/** Signs access tokens for people who have a session, with the product's own keys. */
async function signAll(
  source: DataSource,
  config: Config,
  ids: readonly { userId: string; sessionId: string }[],
): Promise<Face[]> {
  const [database, keyring] = [new Database(source, config), new Keyring(config)];
  const serverKeys = new ServerKeys(database, keyring, new KeyUses(database, keyring));
  const keys = new SigningKeys(serverKeys, new KeySuccession(database, keyring), config);
  await keys.onModuleInit();
  const now = new Date();
  return Promise.all(
    ids.map(async (id) => ({
      userId: id.userId,
      accessToken: (await keys.sign(id, now)).token,
    })),
  );
}

/** Signs in people whose sessions are already in the database. */
export async function signInAgain(
  config: Config,
  ids: readonly { userId: string; sessionId: string }[],
): Promise<Face[]> {
  const source = await new DataSource(dataSourceOptions(config)).initialize();
  try {
    return await signAll(source, config, ids);
  } finally {
    await source.destroy();
  }
}

/**
 * Signs in a crowd of distinct users, seeded with one password hash, with the product's own keys.
 * @param displayName the same for all; by default every name is different
 */
export async function gatherCrowd(
  config: Config,
  size: number,
  displayName: string | null = null,
): Promise<Face[]> {
  const source = await new DataSource(dataSourceOptions(config)).initialize();
  try {
    const ids = Array.from({ length: size }, () => ({ userId: v7(), sessionId: v7() }));
    const userIds = ids.map(({ userId }) => userId);
    const sessionIds = ids.map(({ sessionId }) => sessionId);
    await source.query(USERS, [userIds, displayName, await hash(CROWD_PASSWORD)]);
    await source.query(SESSIONS, [sessionIds, userIds, randomBytes(32)]);
    return await signAll(source, config, ids);
  } finally {
    await source.destroy();
  }
}

/** Returns a person's client for single requests. */
export function clientOf(url: string, face: Face): Client {
  return new Client(url, face as unknown as SignedIn);
}

// More simultaneous sockets would only slow the test machine down.
const agent = new Agent({ connections: 400, headersTimeout: 30_000, bodyTimeout: 30_000 });

export interface Joined<Body> {
  readonly status: number;
  readonly body: Body;
}

/** Joins as a person of a crowd, on a connection pool that holds thousands of sockets. */
export async function joinAs<Body>(
  url: string,
  face: Face,
  room: string,
  wish = '{}',
  signal?: AbortSignal,
): Promise<Joined<Body>> {
  const { statusCode, body } = await request(`${url}/v1/rooms/${room}/join`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${face.accessToken}`,
      'content-type': 'application/json',
    },
    body: wish,
    dispatcher: agent,
    ...(signal && { signal }),
  });
  return { status: statusCode, body: (await body.json()) as Body };
}
