import { chmod, lstat, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Account, may } from './account.js';

/** Places that every user may enter, the best place first. */
export async function sharedPlaces(account: Account | undefined): Promise<string[]> {
  // Only an explicit TMPDIR has priority over /var/tmp, which is on disk and survives a reboot.
  const places = tmpdir() === '/tmp' ? ['/var/tmp', '/tmp'] : [tmpdir(), '/var/tmp', '/tmp'];
  const open = await Promise.all(places.map((place) => may(account, 'enter', place)));
  return places.filter((_, index) => open[index]);
}

/** Others may enter but not change it. @throws if another user owns it, or no place is shared */
export async function sharedFolder(name: string, account: Account | undefined): Promise<string> {
  const [place] = await sharedPlaces(account);
  if (place === undefined) throw new Error('No temporary folder is open to all users.');
  const folder = join(place, name);
  const made = await mkdir(folder, { recursive: true });
  if (made !== undefined) await chmod(folder, 0o755);
  await verifyOwn(folder);
  return folder;
}

/** @throws unless the path is a real folder of the current user that nobody else may write to */
export async function verifyOwn(folder: string): Promise<void> {
  const found = await lstat(folder);
  const own = process.getuid === undefined || found.uid === process.getuid();
  const closed = process.platform === 'win32' || (found.mode & 0o022) === 0;
  if (found.isDirectory() && own && closed) return;
  throw new Error(
    `The folder ${folder} was not created by this user: remove it, then start again.`,
  );
}
