import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { Variables } from '../src/platform/config/config.js';
import { SECRETS } from '../src/platform/config/secret-files.js';
import { withPart } from './markdown.js';

/** One environment variable, as its schema tells of it. */
interface Variable {
  readonly name: string;
  readonly description: string;
  /** As it is written into the environment; undefined when there is none. */
  readonly fallback: string | undefined;
  readonly choices: readonly string[];
  readonly isRequired: boolean;
  readonly mayBeFile: boolean;
}

export const variables: readonly Variable[] = Object.entries(Variables.shape).map(
  ([name, schema]) => {
    const { default: fallback, enum: choices } = z.toJSONSchema(schema, { io: 'input' });
    const { description = '' } = schema.meta() ?? {};
    return {
      name,
      description,
      fallback: isShown(fallback) ? `${fallback}` : undefined,
      choices: (choices ?? []).map(String),
      isRequired: !schema.safeParse(undefined).success,
      mayBeFile: SECRETS.some((secret) => secret === name),
    };
  },
);

function sentence({ description, choices, mayBeFile }: Variable, file: string): string {
  const isNamed = choices.every((choice) => description.includes(choice));
  const listed = isNamed || choices.length === 0 || choices.includes('off') ? [] : choices;
  return [
    description,
    ...(listed.length > 0 ? [listed.join(', ')] : []),
    ...(mayBeFile ? [file] : []),
  ].join('; ');
}

function isShown(fallback: unknown): fallback is string | number {
  return typeof fallback === 'number' || (typeof fallback === 'string' && fallback !== '');
}

/** What docker-compose.yml makes on the first start, into a volume. */
export const MADE_BY_COMPOSE: readonly string[] = ['DATABASE_URL', 'SECRET_KEYS', 'ADMIN_PASSWORD'];
/** What it sets for the inside of the container. */
export const DECIDED_BY_COMPOSE: readonly string[] = ['HOST', 'PORT'];

function noteOf(name: string): string {
  if (MADE_BY_COMPOSE.includes(name)) return 'Made by docker compose; elsewhere: ';
  if (name === 'HOST') return 'Decided by docker compose, which publishes on BIND (127.0.0.1): ';
  if (name === 'PORT') return 'Decided by docker compose, which takes it for the published port: ';
  return '';
}

/** `.env.example`: what must be set stands open, all else is commented out with its default. */
export function renderExample(): string {
  const head = [
    '# Every variable of the server, made by `npm run docs` from src/platform/config/config.ts.',
    '# Copy it to .env for docker compose, and fill in the four lines that stand open; elsewhere set',
    '# the variables in the environment of `npm start`, those that compose makes as well.',
    '# Every secret X may come as X_FILE instead. Never commit the copy.',
  ];
  const parts = variables.map((variable) => {
    const { name, isRequired, fallback = '' } = variable;
    const isOpen = (isRequired || name === 'ADMIN_EMAIL') && !MADE_BY_COMPOSE.includes(name);
    const rule = `${noteOf(name)}${isRequired ? 'Required: ' : ''}`;
    const line = `${isOpen ? '' : '# '}${name}=${fallback}`;
    return `# ${rule}${sentence(variable, `or ${name}_FILE`)}\n${line}`;
  });
  return `${[head.join('\n'), ...parts].join('\n\n')}\n`;
}

function renderTable(): string {
  const rows = variables.map((variable) => {
    const { name, isRequired, fallback } = variable;
    const shown = fallback === undefined ? (isRequired ? 'required' : '–') : `\`${fallback}\``;
    return `| \`${name}\` | ${shown} | ${sentence(variable, 'may be a file')} |`;
  });
  return ['| variable | default | what it is |', '| --- | --- | --- |', ...rows].join('\n');
}

/** README.md with the table between its markers made anew. */
export function renderReadme(path: string): Promise<string> {
  return withPart(path, readFileSync(path, 'utf8'), 'configuration', renderTable());
}
