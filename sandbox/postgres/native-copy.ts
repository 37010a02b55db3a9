import { chmod, cp, lstat, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Account } from './account.js';
import { sharedPlaces, verifyOwn } from './shared-folder.js';

/** Copies it for all users once per version. @throws if no place is shared, or it is not ours */
export async function copyNative(
  native: string,
  version: string,
  account: Account | undefined,
  log: (line: string) => void,
): Promise<string> {
  const [place] = await sharedPlaces(account);
  if (place === undefined) throw new Error('No temporary folder is open to all users.');
  const folder = join(place, `latchkey-${process.getuid?.() ?? 'user'}-postgres-${version}`);
  const copy = join(folder, 'native');
  if (await exists(folder)) {
    await verifyOwn(folder);
    if (await isWhole(native, copy)) return copy;
  }
  log(`Copying the embedded Postgres to ${folder}, where it can be run.`);
  const stage = await mkdtemp(`${folder}.new-`);
  try {
    await cp(native, join(stage, 'native'), { recursive: true, verbatimSymlinks: true });
    await openToAll(stage);
    await publish(stage, folder, native);
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
  await verifyOwn(folder);
  return copy;
}

/** Moves whole folders, so that a concurrent start never sees half of a copy. */
async function publish(stage: string, folder: string, native: string): Promise<void> {
  const damaged = `${stage}.old`;
  try {
    await rename(stage, folder).catch(async () => {
      // A concurrent start was faster, and may use its copy: only a damaged copy is replaced.
      if (await isWhole(native, join(folder, 'native'))) return;
      await rename(folder, damaged);
      await rename(stage, folder);
    });
  } finally {
    await rm(damaged, { recursive: true, force: true });
  }
}

/** Compares all files, because cleaners of temporary folders remove single old files. */
async function isWhole(native: string, copy: string): Promise<boolean> {
  for (const entry of await readdir(native, { recursive: true })) {
    const [original, copied] = await Promise.all([
      lstat(join(native, entry)),
      lstat(join(copy, entry)).catch(() => undefined),
    ]);
    if (original.isFile() && copied?.size !== original.size) return false;
  }
  return true;
}

async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { recursive: true })) {
    const path = join(folder, entry);
    const found = await lstat(path);
    if (found.isSymbolicLink()) continue;
    await chmod(path, (found.mode & 0o100) === 0 ? 0o644 : 0o755);
  }
}

async function exists(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined)) !== undefined;
}
