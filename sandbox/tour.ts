import { setTimeout as sleep } from 'node:timers/promises';
import type { Person } from './credentials.js';
import type { IdentityProvider } from './identity-provider.js';
import { DEMO_KEY, DEMO_ROOM, FINN } from './demo.js';

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

export class StepFailed extends Error {}

/** The people and the systems of the walk. */
export interface Cast {
  readonly admin: Person;
  readonly users: readonly [Person, Person];
  readonly provider: IdentityProvider | undefined;
  /** The API key of a backend. */
  readonly apiKey: string;
}

function shorten(body: Record<string, unknown>): string {
  const shown = ['displayName', 'id', 'generation', 'fingerprint', 'token', 'refreshAfter', 'code'];
  const participant = body['participant'] as Record<string, unknown> | undefined;
  const parts = shown.flatMap((name) => {
    const value = body[name] ?? (name === 'displayName' ? participant?.[name] : undefined);
    if (value === undefined || value === null || typeof value === 'object') return [];
    const text = `${value as string | number}`;
    return [`${name} ${name === 'token' ? `${text.slice(0, 8)}…${text.slice(-8)}` : text}`];
  });
  return parts.join(', ');
}

/** Names a person or room that an earlier run created, which is no fault. */
function outcomeOf({ status, body }: Answer): string {
  return `${shorten(body)}${status === 409 ? ' (exists already)' : ''}`;
}

/** Demonstrates the main job once, as an app would do it, and prints requests and answers. */
export class Tour {
  constructor(
    private readonly url: string,
    private readonly say: (line: string) => void,
    private readonly signal: AbortSignal,
  ) {}

  private async call(
    who: string,
    method: string,
    path: string,
    token?: string,
    body?: object,
  ): Promise<Answer> {
    return this.exchange(who, `${this.url}${path}`, {
      method,
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
  }

  /** Sends a request, and prints it with its answer; addresses of the server without its origin. */
  private async exchange(who: string, url: string, request: RequestInit): Promise<Answer> {
    const response = await this.send(url, request);
    const text = await response.text();
    const answer = {
      status: response.status,
      body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>,
    };
    const shown = url.replace(this.url, '');
    const line = `${request.method} ${shown} → ${answer.status} ${outcomeOf(answer)}`;
    this.say(`  ${who.padEnd(5)} ${line.trimEnd()}`);
    return answer;
  }

  private async send(url: string, request: RequestInit): Promise<Response> {
    try {
      return await fetch(url, { ...request, signal: this.signal });
    } catch {
      throw new StepFailed(`${url} gave no answer.`);
    }
  }

  private hold(holds: boolean, promise: string): void {
    if (!holds) throw new StepFailed(`This step failed: ${promise}.`);
    this.say(`        ✓ ${promise}`);
  }

  private async signIn(person: Person): Promise<string> {
    const { email, password, displayName } = person;
    const body = { email, password };
    const { status, body: signedIn } = await this.call(
      displayName,
      'POST',
      '/v1/auth/login',
      undefined,
      body,
    );
    if (status !== 200) throw new StepFailed(`${displayName} cannot sign in.`);
    return String(signedIn['accessToken']);
  }

  /** Returns the addresses of the people who did not exist yet. */
  async makeUsers(admin: Person, users: readonly Person[]): Promise<string[]> {
    const made: string[] = [];
    const token = await this.signIn(admin);
    for (const user of users) {
      const { status } = await this.call('Admin', 'POST', '/v1/users', token, { ...user });
      if (status !== 201 && status !== 409) throw new StepFailed(`No user ${user.displayName}.`);
      if (status === 201) made.push(user.email);
    }
    return made;
  }

  /** Creates the room that remains after the tour, for manual tries. */
  async makeDemoRoom(admin: Person): Promise<void> {
    const { status, body } = await this.call(
      'Admin',
      'POST',
      '/v1/rooms',
      await this.signIn(admin),
      DEMO_ROOM,
    );
    if (status !== 201 && body['code'] !== 'slug_taken')
      throw new StepFailed(`No room "${DEMO_ROOM.slug}".`);
  }

  /** Returns the kept API key if it still works, otherwise a new text for the key of the sandbox. */
  async makeApiKey(admin: Person, kept: string | undefined): Promise<string> {
    const path = '/v1/api-keys';
    if (kept !== undefined && (await this.call('Shop', 'GET', '/v1/rooms', kept)).status === 200)
      return kept;
    const token = await this.signIn(admin);
    const { body } = await this.call('Admin', 'GET', `${path}?limit=200`, token);
    const keys = (body['items'] ?? []) as { readonly id: string; readonly name: string }[];
    const lost = keys.find(({ name }) => name === DEMO_KEY.name);
    const made = lost
      ? await this.call('Admin', 'POST', `${path}/${lost.id}/rotate`, token, { overlapSeconds: 0 })
      : await this.call('Admin', 'POST', path, token, DEMO_KEY);
    if (made.status !== 201) throw new StepFailed('No API key.');
    return String(made.body['key']);
  }

  /** Returns an access token of the identity provider, which the server accepts as its own. */
  private async signInAt(provider: IdentityProvider): Promise<string> {
    const { tokenUrl, users } = provider;
    const body = new URLSearchParams(provider.formOf(users[0]));
    const { status, body: signedIn } = await this.exchange('Cleo', tokenUrl, {
      method: 'POST',
      body,
    });
    if (status !== 200) throw new StepFailed('Cleo cannot sign in at the identity provider.');
    return String(signedIn['access_token']);
  }

  /** Shows two tokens; `tokenLife` takes seconds, or null for the default. @throws {StepFailed} */
  async walk(
    { admin, users, provider, apiKey }: Cast,
    tokenLife: (seconds: number | null) => void,
  ): Promise<void> {
    const adminToken = await this.signIn(admin);
    const tokens = [await this.signIn(users[0]), await this.signIn(users[1])];
    const room = await this.call('Admin', 'POST', '/v1/rooms', adminToken, {
      name: 'Cup final',
      access: 'users',
    });
    this.hold(room.status === 201, 'the admin creates a room');
    const path = `/v1/rooms/${String(room.body['id'])}/join`;
    const joinBoth = () =>
      Promise.all(
        users.map(({ displayName }, index) => this.call(displayName, 'POST', path, tokens[index])),
      ) as Promise<[Answer, Answer]>;

    tokenLife(8);
    const first = await joinBoth();
    this.holdTogether(first, 1);
    tokenLife(null);
    const moveAt = Date.parse(String(first[0].body['refreshAfter']));
    const wait = Math.max(0, moveAt - Date.parse(String(first[0].body['serverTime']))) + 200;
    this.say(`        … the token ends; waiting ${(wait / 1000).toFixed(1)} s`);
    await sleep(wait, undefined, { signal: this.signal });
    // The access tokens may expire earlier, depending on ACCESS_TOKEN_TTL.
    for (const [index, user] of users.entries()) tokens[index] = await this.signIn(user);
    const second = await joinBoth();
    this.holdTogether(second, 2);
    this.hold(second[0].body['token'] !== first[0].body['token'], 'the token is new');
    if (provider) {
      const joined = await this.call('Cleo', 'POST', path, await this.signInAt(provider));
      this.hold(joined.status === 200, 'a user of the identity provider is inside');
      this.hold(joined.body['token'] === second[0].body['token'], 'their room token is the same');
    }
    const roomPath = `/v1/rooms/${String(room.body['id'])}`;
    await this.walkWithBackend(roomPath, apiKey, second[0].body['token']);
    const gone = await this.call('Admin', 'DELETE', roomPath, await this.signIn(admin));
    this.hold(gone.status === 204, 'the admin deletes the room');
  }

  /** A person of another system: the backend asks once, and the app continues without it. */
  private async walkWithBackend(path: string, apiKey: string, token: unknown): Promise<void> {
    const grant = await this.call('Shop', 'POST', `${path}/grants`, apiKey, FINN);
    this.hold(grant.status === 200, 'a backend takes a seat for a person of its own system');
    this.hold(grant.body['token'] === token, 'their room token is the same');
    const ofApp = String(grant.body['participantToken']);
    const again = await this.call(FINN.displayName, 'POST', `${path}/join`, ofApp);
    const seats = [grant, again].map(({ body }) => (body['participant'] as { id: string }).id);
    this.hold(seats[0] === seats[1], 'their app joins again without the backend, in the same seat');
    this.hold(again.body['token'] === token, 'the app gets the same room token');
    const left = await this.call(FINN.displayName, 'POST', `${path}/leave`, ofApp);
    this.hold(left.status === 204, 'the app leaves');
  }

  private holdTogether([ann, ben]: [Answer, Answer], generation: number): void {
    this.hold(ann.status === 200 && ben.status === 200, 'both are inside');
    this.hold(ann.body['token'] === ben.body['token'], 'they have exactly the same token');
    const generations = [ann.body['generation'], ben.body['generation']];
    this.hold(
      generations.every((each) => each === generation),
      `it is generation ${generation}`,
    );
  }
}
