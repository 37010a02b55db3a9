import { Command } from 'commander';
import { isReady } from './cli/check-health.js';
import { makeSecrets } from './cli/make-secrets.js';

const say = (line: string) => void process.stdout.write(`${line}\n`);

const program = new Command('latchkey').description('What an operator does beside the server.');

program
  .command('health')
  .description('ends with 0 if the server on this machine is ready, else with 1')
  .option('--port <port>', 'where it listens', '3000')
  .action(async ({ port }: { port: string }) => {
    process.exitCode = (await isReady(port)) ? 0 : 1;
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

await program.parseAsync();
