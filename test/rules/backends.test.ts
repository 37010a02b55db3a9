import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { compileFunction } from 'node:vm';
import ts from 'typescript';
import { beforeAll, describe, expect, it } from 'vitest';
import { DEMO_ROOM } from '../../sandbox/demo.js';
import { REASONS } from '../../src/users/api-keys/api-keys.problems.js';
import { useApp } from '../support/app.js';
import { Backend, type ParticipantGrant } from '../support/backend.js';
import { testEnvironment } from '../support/config.js';
import { Contract } from '../support/openapi.js';
import type { List, Room, User } from '../support/shapes.js';

const server = useApp();
const text = readFileSync(join(import.meta.dirname, '../../docs/integrate/backend.md'), 'utf8');

function blocksOf(language: string): string[] {
  const blocks = text.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, 'gm'));
  return Array.from(blocks, ([, block = '']) => block);
}

/** A part of the document from its heading to the next heading. */
function section(heading: string): string {
  const [, part = ''] = text.split(`\n## ${heading}\n`);
  return part.split('\n## ')[0] ?? '';
}

/** Sets a variable of a code block; the document must name it. */
function having(code: string, line: RegExp, value: string): string {
  if (!line.test(code)) throw new Error(`docs/integrate/backend.md lacks ${line}`);
  return code.replace(line, () => value);
}

const linesOf = (block: string) =>
  block.split('\n').filter((line) => line.trim() !== '' && !/^\s*(#|\/\/)/.test(line));

interface Answer {
  readonly status: number;
  readonly body: ParticipantGrant;
}
interface InBackend {
  readonly grant: (
    ...of: [room: string, id: string, name: string, device: string]
  ) => Promise<Answer>;
}
interface InApp {
  readonly ask: (path: string, method?: string) => Promise<Response>;
}

interface Feed {
  readonly GrantedSession: new (signedIn: object) => object;
  readonly leave: (session: object, room: string) => Promise<void>;
  readonly followByPoll: unknown;
  readonly stayIn: (
    session: object,
    room: string,
    app: { readonly connect: (grant: ParticipantGrant) => void },
    form: unknown,
  ) => Promise<object>;
}

/** Runs a block of TypeScript as it is in the document, and returns its exports. */
function run(block: string, environment: Readonly<Record<string, unknown>>): object {
  const here = having(block, /http:\/\/127\.0\.0\.1:3000/, server.url);
  const module = ts.ModuleKind.CommonJS;
  const { outputText, diagnostics } = ts.transpileModule(here, {
    compilerOptions: { module, target: ts.ScriptTarget.ES2023 },
    reportDiagnostics: true,
  });
  expect(diagnostics).toEqual([]);
  const exports = {};
  const names = ['exports', ...Object.keys(environment)];
  compileFunction(outputText, names)(exports, ...Object.values(environment));
  return exports;
}

let demo: Room;
beforeAll(async () => {
  demo = await server.createRoom(DEMO_ROOM);
});

async function tokenOfRoom(): Promise<string> {
  return (await server.join(server.admin, demo)).token;
}

describe('docs/integrate/backend.md', () => {
  it('the commands lead from nothing to an app that has joined again and has left', async () => {
    const [block = ''] = blocksOf('bash');
    expect(linesOf(block).length).toBeLessThanOrEqual(10);
    const addressed = having(block, /^URL=.*$/m, `URL=${server.url}`);
    const password = `PASSWORD='${testEnvironment.ADMIN_PASSWORD}'`;
    const commands = having(addressed, /^PASSWORD=.*$/m, password);
    const { stdout } = await promisify(execFile)('sh', ['-euc', commands]);
    const [joined, beat, ...more] = stdout.replaceAll('}{', '}\n{').split('\n');
    const { token, participant } = JSON.parse(joined ?? '') as ParticipantGrant;
    expect([token, participant.displayName]).toEqual([await tokenOfRoom(), 'Ada']);
    expect(JSON.parse(beat ?? '')).toMatchObject({ generation: 1 });
    expect(more).toEqual([]);
    const path = `/v1/rooms/${demo.id}/participants`;
    const { body } = await server.admin.get<List<{ displayName: string }>>(path);
    expect(body.items.map(({ displayName }) => displayName)).not.toContain('Ada');
    const found = await server.admin.get<List<User>>('/v1/users?externalId=customer-42');
    expect(found.body.items).toMatchObject([{ kind: 'external', displayName: 'Ada' }]);
  });

  it('the TypeScript joins, keeps the seat without the backend, and asks again after the expiry', async () => {
    const [ofBackend = '', ofApp = '', ...more] = blocksOf('ts');
    expect(more).toEqual([]);
    const { key } = await Backend.create(server.admin, ['join:on-behalf']);
    const process = { env: { LATCHKEY_API_KEY: key } };
    const { grant } = run(ofBackend, { fetch, AbortSignal, process }) as InBackend;
    const grants: Answer[] = [];
    const askBackend = async () => {
      const answer = await grant(DEMO_ROOM.slug, 'customer-7', 'Grace', 'phone');
      grants.push(answer);
      return answer;
    };
    const { ask } = run(ofApp, { fetch, askBackend, Error }) as InApp;
    const joining = async () => {
      const response = await ask(`/v1/rooms/${DEMO_ROOM.slug}/join`);
      return { status: response.status, body: (await response.json()) as ParticipantGrant };
    };
    const first = await joining();
    expect(first).toMatchObject({ status: 200, body: { token: await tokenOfRoom() } });
    expect((await ask(`/v1/rooms/${DEMO_ROOM.slug}/heartbeat`)).status).toBe(200);
    expect((await joining()).body.participant).toEqual(first.body.participant);
    expect(grants).toHaveLength(1);

    const me = (await (await ask('/v1/me', 'GET')).json()) as User;
    expect(me.externalId).toBe('customer-7');
    await server.database.query(
      `update sessions set expires_at = clock_timestamp(), idle_expires_at = clock_timestamp()
        where user_id = $1`,
      [me.id],
    );
    expect((await joining()).status).toBe(200);
    expect(grants.map(({ status }) => status)).toEqual([200, 200]);
    const [one, two] = grants.map(({ body }) => body.participantToken);
    expect(two).not.toBe(one);

    await server.admin.put(`/v1/rooms/${demo.id}/bans/${me.id}`, {});
    expect(await joining()).toMatchObject({ status: 401, body: { reason: 'session_ended' } });
    const { ask: askAgain } = run(ofApp, { fetch, askBackend, Error }) as InApp;
    await expect(askAgain(`/v1/rooms/${DEMO_ROOM.slug}/join`)).rejects.toThrow(/banned/);
  });

  it('the code of docs/feed.md stays in a room with the session of this document', async () => {
    const [block = ''] = blocksOf('js');
    const feed = readFileSync(join(import.meta.dirname, '../../docs/feed.md'), 'utf8');
    const parts = Array.from(feed.matchAll(/```js\n(.*?)```/gs), ([, code]) => code).join('\n');
    const code = having(parts, /https:\/\/auth\.example\.org/, server.url);
    const made = `${code}\n${block}\nreturn { GrantedSession, stayIn, leave, followByPoll };`;
    const backend = await Backend.create(server.admin);
    const askBackend = () => backend.ask(demo, { externalId: 'customer-8', displayName: 'Bo' });
    const globals = { fetch, setTimeout, clearTimeout, AbortSignal, askBackend };
    const examples = compileFunction(made, Object.keys(globals))(...Object.values(globals)) as Feed;
    const session = new examples.GrantedSession({});
    const names: string[] = [];
    const connect = ({ participant }: ParticipantGrant) => {
      names.push(participant.displayName);
      void examples.leave(session, DEMO_ROOM.slug);
    };
    const staying = examples.stayIn(session, DEMO_ROOM.slug, { connect }, examples.followByPoll);
    await expect(staying).resolves.toMatchObject({ code: 'not_in_room' });
    expect(names).toEqual(['Bo']);
  });

  it('the list of members adds two people whom nobody knew, and their grants have these roles', async () => {
    const [block = '', ...more] = blocksOf('json');
    expect(more).toEqual([]);
    const backend = await Backend.create(server.admin);
    const room = await server.createRoom({ access: 'members' });
    const list = JSON.parse(block) as { items: { externalId: string; role: string }[] };
    const { status, body } = await backend.client.put(`/v1/rooms/${room.id}/members`, list);
    expect([status, body]).toEqual([200, { added: 2, changed: 0 }]);
    for (const { externalId, role } of list.items)
      expect((await backend.grant(room, { externalId })).participant.role).toBe(role);
  });

  it('the table of the fields has every field of a grant, and its defaults and bounds', async () => {
    const { document } = await Contract.read(server.anyone);
    const { properties = {} } = document.components.schemas['CreateGrant'] ?? {};
    const part = section('The fields of a grant');
    const rows = Array.from(part.matchAll(/^\| `(\w+)` +\|/gm), ([, name]) => name);
    expect(new Set(rows)).toEqual(new Set(Object.keys(properties)));
    const { default: life, minimum, maximum } = properties['expiresInSeconds'] ?? {};
    const [, row = ''] = /^\| `expiresInSeconds` +\|(.*)$/m.exec(part) ?? [];
    const numbers = Array.from(row.matchAll(/\d[\d,]+/g), ([text]) =>
      Number(text.replace(',', '')),
    );
    expect(numbers).toEqual(expect.arrayContaining([life, minimum, maximum]));
  });

  it('the table of the errors has every reason for which a key is refused', () => {
    const rows = section('Errors').matchAll(/^\| 401 `unauthenticated`, `(\w+)`/gm);
    expect(Array.from(rows, ([, reason]) => reason)).toEqual(Object.keys(REASONS));
  });

  it('the table of the errors has every refusal that a grant alone declares', async () => {
    const contract = await Contract.read(server.anyone);
    const endpoint = contract.endpoint('POST /v1/rooms/{room}/grants');
    const declared = ['403', '404', '409'].flatMap((status) => {
      const media = contract.responseOf(endpoint, status)?.content?.['application/problem+json'];
      return Object.values(media?.examples ?? {}).map(
        ({ value }) => (value as { code: string }).code,
      );
    });
    // An API key has no password, and its person needs no account of an identity provider.
    const never = ['password_change_required', 'registration_closed'];
    const rows = section('Errors');
    expect(new Set(declared).size).toBeGreaterThan(8);
    expect(
      declared.filter((code) => !rows.includes(`\`${code}\``) && !never.includes(code)),
    ).toEqual([]);
  });
});
