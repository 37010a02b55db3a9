import { accounts } from './errors/accounts.js';
import { cas } from './errors/cas.js';
import { database } from './errors/database.js';
import { moderation } from './errors/moderation.js';
import { requests } from './errors/requests.js';
import { rooms } from './errors/rooms.js';
import { signIns } from './errors/sign-ins.js';
import type { ErrorPath, Scene } from './scene.js';

/** Error paths in their order; paths that damage the server's data come last. */
export const ERROR_PATHS: readonly ErrorPath[] = [
  ...requests,
  ...signIns,
  ...accounts,
  ...rooms,
  ...moderation,
  ...cas,
  ...database,
];

/** Takes every error path; returns the code of each answer by the path's name. */
export async function goAstray(scene: Scene): Promise<ReadonlyMap<string, string | undefined>> {
  const codes = new Map<string, string | undefined>();
  for (const { name, go } of ERROR_PATHS) codes.set(name, (await go(scene))?.code);
  return codes;
}
