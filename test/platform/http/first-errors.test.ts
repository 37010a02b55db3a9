import { beforeAll, describe, expect, it } from 'vitest';
import { useApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { expectProblem } from '../../support/expect-problem.js';
import type { ProblemBody, SignedIn } from '../../support/shapes.js';

// These are the errors that developers meet when they call the API for the first time.
let ann: Client;
let hidden: string;

const server = useApp();

beforeAll(async () => {
  ann = await server.signUp('Ann');
  hidden = (await server.createRoom({ access: 'members' })).id;
});
const detailOf = (answer: Parameters<typeof expectProblem>[0], status: number, code: string) =>
  expectProblem(answer, status, code).detail;

describe('a request without a readable access token', () => {
  const cases: [string, () => string | undefined, RegExp][] = [
    [
      'no header',
      () => undefined,
      /^The access token is missing: sign in with POST \/v1\/auth\/login/,
    ],
    ['no scheme', () => ann.token, /does not begin with "Bearer": send "Authorization: Bearer /],
    ['another scheme', () => 'Basic YW5uOmFubg==', /does not begin with "Bearer": send/],
    ['nothing behind Bearer', () => 'Bearer', /The access token behind "Bearer" is missing: send/],
    [
      'only a space behind Bearer',
      () => 'Bearer ',
      /access token behind "Bearer" is missing: send/,
    ],
    [
      'the text undefined',
      () => 'Bearer undefined',
      /access token behind "Bearer" is missing: send/,
    ],
    ['a refresh token', () => `Bearer ${ann.signedIn?.refreshToken}`, /is a refresh token/],
    ['a device token', () => `Bearer ${ann.signedIn?.deviceToken}`, /is a device token/],
    [
      'half a token',
      () => `Bearer ${ann.token?.slice(0, 40)}`,
      /or only a part of an access token: send/,
    ],
    [
      'a changed token',
      () => `Bearer ${ann.token?.slice(0, -6)}AAAAAA`,
      /changed in transit: send/,
    ],
    [
      'a token of another issuer',
      () => 'Bearer eyJhbGciOiJIUzI1NiJ9.e30.c2ln',
      /not issued by this server/,
    ],
  ];

  it.each(cases)(
    'a request with %s gets a 401 that says what to send',
    async (_, header, sentence) => {
      const authorization = header();
      const answer = await server.anyone.get(
        '/v1/me',
        authorization === undefined ? {} : { authorization },
      );
      const detail = detailOf(answer, 401, 'unauthenticated');
      expect(detail).toMatch(sentence);
      expect(detail).not.toContain(ann.token?.slice(0, 20));
      expect(detail).not.toContain(ann.signedIn?.refreshToken.slice(4));
    },
  );

  it('a request of an ended session gets a 401 that says to sign in again', async () => {
    const gone = await server.signUp('Gone');
    await gone.post('/v1/auth/logout');
    const detail = detailOf(await gone.get('/v1/me'), 401, 'unauthenticated');
    expect(detail).toBe('The session has ended: sign in again.');
  });
});

describe('a hidden room', () => {
  it('a hidden room gets the same answer as an unknown room, on every route', async () => {
    const texts = new Set<string>();
    for (const room of [hidden, crypto.randomUUID(), 'no-such-slug'])
      for (const path of ['', '/join', '/heartbeat', '/leave', '/events', '/reports']) {
        const method = path === '' || path === '/events' ? 'GET' : 'POST';
        const body = path === '/reports' ? { sdkCode: 203, generation: 1 } : undefined;
        const answer = await ann.send(method, `/v1/rooms/${room}${path}`, body);
        texts.add(detailOf(answer, 404, 'not_found'));
      }
    expect([...texts]).toEqual([
      'There is no such room, or you are not a member of it: check its id or slug, or ask to be invited.',
    ]);
  });
});

describe('a full room', () => {
  it('the refusal of a join to a full room says after how many seconds to try again', async () => {
    const room = await server.createRoom({ capacity: 1 });
    await server.join(ann, room);
    const ben = await server.signUp('Ben');
    const answer = await ben.post<ProblemBody>(`/v1/rooms/${room.id}/join`);
    const problem = expectProblem(answer, 409, 'room_full');
    expect(problem.retryAfter).toBeGreaterThan(0);
    expect(answer.headers.get('retry-after')).toBe(String(problem.retryAfter));
    expect(problem.detail).toContain('try again after retryAfter seconds');
  });
});

describe('an unknown path', () => {
  it.each([
    ['/rooms', '/v1/rooms'],
    ['/v1/rooms/', '/v1/rooms'],
    ['/api/v1/rooms', '/v1/rooms'],
    ['/api/me', '/v1/me'],
    ['/v2/me', '/v1/me'],
    ['/V1/ME', '/v1/me'],
    ['/v1//me?x=1', '/v1/me'],
    ['/login', '/v1/auth/login'],
    ['/rooms/cup-final/join', '/v1/rooms/{room}/join'],
  ])('the 404 of %s names the path that was probably meant', async (path, meant) => {
    const detail = detailOf(await server.anyone.get(path), 404, 'not_found');
    expect(detail).toContain('API paths start with /v1');
    expect(detail).toContain(` Use ${meant} if you meant that path.`);
  });

  it('the 404 of an unknown path repeats nothing of the request', async () => {
    const detail = detailOf(await server.anyone.get('/hunter2'), 404, 'not_found');
    expect(detail).toBe(
      'This path does not exist: API paths start with /v1, and /docs lists all of them.',
    );
  });

  it('the 405 of a known path names the right methods', async () => {
    const detail = detailOf(await ann.get('/v1/auth/login'), 405, 'method_not_allowed');
    expect(detail).toBe('This path does not answer to GET: use POST.');
    const room = detailOf(await ann.post(`/v1/rooms/${hidden}`), 405, 'method_not_allowed');
    expect(room).toBe('This path does not answer to POST: use DELETE, GET, or PATCH.');
  });
});

describe('an invalid request', () => {
  const register = (wish: Record<string, unknown>) =>
    server.anyone.post<SignedIn>('/v1/auth/register', {
      email: 'new@example.org',
      password: 'a password for tests',
      displayName: 'New',
      ...wish,
    });
  const create = (wish: Record<string, unknown>) =>
    server.admin.post('/v1/rooms', { name: 'A room', ...wish });
  const LIMIT = 'limit must be a whole number from 1 to 200';

  it.each([
    [() => ann.get('/v1/rooms?limit=1000'), LIMIT],
    [() => ann.get('/v1/rooms?limit=0'), LIMIT],
    [() => ann.get('/v1/rooms?limit=ten'), LIMIT],
    [() => ann.get('/v1/rooms?limit=-1'), LIMIT],
    [() => ann.get('/v1/rooms?phase=ajar'), 'phase must be one of scheduled, open, locked, closed'],
    [() => ann.get('/v1/rooms?cursor=x'), 'leave it out for the first page'],
    [() => ann.get('/v1/rooms?page=2'), 'page is not known here: check its name'],
    [
      () => ann.get(`/v1/rooms/${hidden}/events?wait=99`),
      'wait must be a whole number from 0 to 25',
    ],
    [() => register({ email: undefined }), 'email is required'],
    [() => register({ email: 'ada' }), 'email must be an e-mail address such as ada@example.org'],
    [() => register({ password: 12 }), 'password must be a text'],
    [() => register({ password: 'short' }), 'must have at least 12 characters'],
    [() => register({ displayName: '' }), 'displayName must not be empty'],
    [() => create({ capacity: 0 }), 'capacity must be a whole number from 1 to 1000000'],
    [() => create({ capacity: '5' }), 'capacity must be a whole number from 1 to 1000000'],
    [() => create({ access: 'all' }), 'access must be one of members, users'],
    [() => create({ accessCode: 'abc' }), 'accessCode must have at least 4 characters'],
    [() => create({ opensAt: 'tomorrow' }), 'opensAt must be an RFC 3339 time such as 20'],
    [() => create({ slug: 'A B' }), 'slug must have 3 to 60 characters of a–z, 0–9 and -, such as'],
    [() => create({ metadata: 'x' }), 'metadata must be an object'],
    [() => server.admin.get('/v1/users/1'), 'id must be a UUID such as'],
  ])(
    'the refusal of an invalid value says what the value must be, case %#',
    async (ask, sentence) => {
      const { detail, errors } = expectProblem(await ask(), 400, 'invalid_request');
      expect(detail).toContain(sentence);
      const raw = /expected|received|invalid (input|option|string)|too (small|big)/i;
      expect(JSON.stringify({ detail, errors })).not.toMatch(raw);
    },
  );

  const NO_OBJECT = 'send its fields in braces, such as {"name": "value"}.';
  it.each([
    ['"{\\"email\\":\\"ada@example.org\\"}"', 'it came as a text: do not encode it twice.'],
    ['"[]"', 'it came as a text: do not encode it twice.'],
    ['"email"', `it came as a text: ${NO_OBJECT}`],
    ['[]', `it came as a list: ${NO_OBJECT}`],
    ['[{"email":"ada@example.org"}]', `it came as a list: ${NO_OBJECT}`],
    ['null', `it came as null: ${NO_OBJECT}`],
    ['42', `it came as a number: ${NO_OBJECT}`],
    ['false', `it came as true or false: ${NO_OBJECT}`],
  ])('the refusal of the body %s says what a body must be', async (body, sentence) => {
    for (const path of ['/v1/auth/login', '/v1/auth/register', '/v1/auth/refresh']) {
      const { detail } = expectProblem(await ann.post(path, body), 400, 'invalid_request');
      expect(detail).toBe(`The body must be a JSON object; ${sentence}`);
    }
  });

  it.each([
    ['unknown', 'unknown'],
    ['first_name', 'first_name'],
    ['line2', 'line2'],
    ['_id', '_id'],
    ['a/b', 'a field, named in errors,'],
    ['a b', 'a field, named in errors,'],
    ['2nd', 'a field, named in errors,'],
    ['x'.repeat(31), 'a field, named in errors,'],
    ['', 'a field, named in errors,'],
  ])(
    'the refusal of the unknown field %j names the field or points to errors',
    async (name, subject) => {
      const { detail } = expectProblem(await create({ [name]: 1 }), 400, 'invalid_request');
      expect(detail).toBe(
        `The body is not valid: ${subject} is not known here: check its name, or leave it out.`,
      );
    },
  );

  it('the refusal of an unknown parameter of the query points to errors', async () => {
    const answer = await ann.get('/v1/rooms?a%20b=1');
    const { detail } = expectProblem(answer, 400, 'invalid_request');
    expect(detail).toContain('a parameter, named in errors, is not known here: check its name');
  });

  it('the refusal of several faults counts the others', async () => {
    const answer = await server.anyone.post('/v1/auth/register', {});
    const { detail, errors } = expectProblem(answer, 400, 'invalid_request');
    expect(detail).toBe('The body is not valid: email is required. 2 more in errors.');
    expect(errors).toHaveLength(3);
  });
});
