import 'reflect-metadata';
import { Command } from 'commander';
import { isReady } from './operations/cli/check-health.js';
import { makeSecrets } from './operations/cli/make-secrets.js';

const say = (line: string) => void process.stdout.write(`${line}\n`);

const program = new Command('latchkey')
  .description('What an operator does beside the server.')
  .showHelpAfterError();

program
  .command('health')
  .description('ends with 0 if the server on this machine is ready, else with 1')
  .option('--port <port>', 'where it listens; without, as PORT says')
  .option('--host <host>', 'what it listens on; without, as HOST says')
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
  .description('makes the secrets of a new installation; never overwrites one')
  .option('--database <host:port>', 'where the database will be reached', 'postgres:5432')
  .action((folder: string, { database }: { database: string }) => {
    const { made, adminPassword } = makeSecrets(folder, database);
    say(made.length > 0 ? `Made ${made.join(', ')}.` : 'All secrets are there already.');
    if (adminPassword === undefined) return;
    say(`The first administrator's password, shown this once: ${adminPassword}`);
  });

program
  .command('rotate-signing-key')
  .description('publishes the next key for access tokens, which takes over when all know of it')
  .option('--now', 'instead void every access token at once: for a key that was stolen', false)
  .action(async ({ now }: { now: boolean }) => {
    // Loaded here since it brings the database along, and health is asked every few seconds.
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
