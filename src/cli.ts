import 'reflect-metadata';
import { Command } from 'commander';
import { isReady } from './operations/cli/check-health.js';
import { makeSecrets } from './operations/cli/make-secrets.js';

const say = (line: string) => void process.stdout.write(`${line}\n`);

const program = new Command('latchkey').description('Maintenance commands').showHelpAfterError();

program
  .command('health')
  .description('exit with 0 if the server on this machine is ready, otherwise with 1')
  .option('--port <port>', 'port of the server; default: the value of PORT')
  .option('--host <host>', 'network address of the server; default: the value of HOST')
  .action(async (given: { port?: string; host?: string }) => {
    const { readPart } = await import('./platform/config/config.js');
    const { HOST, PORT } = readPart(process.env, ['HOST', 'PORT']);
    const { host = HOST, port = String(PORT) } = given;
    const ready = await isReady(host, port);
    say(ready ? 'The server is ready.' : `No server is ready on port ${port}.`);
    process.exitCode = ready ? 0 : 1;
  });

program
  .command('make-secrets <folder>')
  .description('create the missing secrets of an installation; existing secrets are kept')
  .option(
    '--database <host:port>',
    'host and port at which the server reaches the database',
    'postgres:5432',
  )
  .action((folder: string, { database }: { database: string }) => {
    const { made, adminPassword } = makeSecrets(folder, database);
    say(made.length > 0 ? `Created ${made.join(', ')}.` : 'All secrets exist already.');
    if (adminPassword === undefined) return;
    say(`The first administrator's password, shown this once: ${adminPassword}`);
  });

program
  .command('rotate-signing-key')
  .description('start to replace the key that signs access tokens; nobody is signed out')
  .option(
    '--now',
    'refuse all existing access tokens; apps refresh and continue; use it if a key was stolen',
    false,
  )
  .action(async ({ now }: { now: boolean }) => {
    // Loaded here because it imports the database code, and the health check runs every few seconds.
    const { rotateSigningKey } = await import('./operations/cli/rotate-signing-key.js');
    const { isDone, sentence } = await rotateSigningKey(process.env, now);
    say(sentence);
    process.exitCode = isDone ? 0 : 1;
  });

try {
  await program.parseAsync();
} catch (error) {
  const { reasonOf } = await import('./platform/database/reason.js');
  process.stderr.write(`${reasonOf(error)}\n`);
  process.exitCode = 1;
}
