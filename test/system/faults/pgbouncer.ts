import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { accountFor, giveTo, runningAs } from '../../../sandbox/postgres/account.js';
import { freePort } from '../../support/cluster.js';

/** A PgBouncer in transaction mode in front of a database. */
export interface PgBouncer {
  /** The URL of the database through PgBouncer. */
  readonly url: string;
  stop(): Promise<void>;
}

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function waitUntilItListens(child: ChildProcess, port: number): Promise<void> {
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (text: Buffer) => (output += text.toString()));
  for (let attempt = 0; attempt < 100; attempt += 1) {
    if (child.exitCode !== null) break;
    if (await listens(port)) return;
    await sleep(50);
  }
  throw new Error(`PgBouncer did not start: ${output}`);
}

/** @param program its path; it refuses to run as root, so it then runs as the account of Postgres */
export async function startPgBouncer(program: string, databaseUrl: string): Promise<PgBouncer> {
  const { hostname, port: serverPort, username, password, pathname } = new URL(databaseUrl);
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-bouncer-'));
  await chmod(folder, 0o755);
  const account = await accountFor(folder);
  const port = await freePort();
  const settings = `
[databases]
* = host=${hostname} port=${serverPort} user=${username} password=${password}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${join(folder, 'users.txt')}
pool_mode = transaction
default_pool_size = 20
max_client_conn = 500
`;
  await writeFile(join(folder, 'users.txt'), `"${username}" "${password}"\n`);
  await writeFile(join(folder, 'pgbouncer.ini'), settings.replace('*', pathname.slice(1)));
  for (const name of ['', 'users.txt', 'pgbouncer.ini']) await giveTo(account, join(folder, name));
  const child = spawn(program, [join(folder, 'pgbouncer.ini')], {
    ...runningAs(account),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  await waitUntilItListens(child, port);
  return {
    url: Object.assign(new URL(databaseUrl), { hostname: '127.0.0.1', port: String(port) }).href,
    stop: async () => {
      if (child.exitCode === null) {
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}
