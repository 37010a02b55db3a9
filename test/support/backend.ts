import { expect } from 'vitest';
import type { ParticipantGrant as ParticipantGrantSchema } from '../../src/rooms/join/grants.schema.js';
import type { z } from 'zod';
import { type Answer, Client } from './client.js';
import type { SignedIn } from './shapes.js';

export type ParticipantGrant = z.output<typeof ParticipantGrantSchema>;

interface Named {
  readonly id: string;
  readonly slug?: string | null;
}

/** A backend that joins for people, with an API key. */
export class Backend {
  constructor(
    readonly keyId: string,
    readonly key: string,
    readonly client: Client,
  ) {}

  /** Creates a key with these scopes. */
  static async create(
    admin: Client,
    scopes: readonly string[] = ['join:on-behalf', 'rooms:write'],
    more: Record<string, unknown> = {},
  ): Promise<Backend> {
    const { status, body } = await admin.post<{ id: string; key: string }>('/v1/api-keys', {
      name: 'Backend',
      scopes,
      ...more,
    });
    expect(status).toBe(201);
    return new Backend(body.id, body.key, bearing(admin.url, body.key));
  }

  /** Sends a grant; the person is `externalId` of the wish. */
  ask<Result = ParticipantGrant>(
    room: Named,
    wish: Record<string, unknown>,
  ): Promise<Answer<Result>> {
    const body = { displayName: 'Fan', ...wish };
    return this.client.post<Result>(`/v1/rooms/${room.id}/grants`, body);
  }

  async grant(room: Named, wish: Record<string, unknown>): Promise<ParticipantGrant> {
    const { status, body } = await this.ask(room, wish);
    expect([status, body]).toEqual([200, expect.anything()]);
    return body;
  }

  /** A backend that sends its requests to another replica. */
  at(url: string): Backend {
    return new Backend(this.keyId, this.key, bearing(url, this.key));
  }
}

let people = 0;

/** Returns the id of a new person in the system of a backend. */
export function somebody(): string {
  people += 1;
  return `person-${people}`;
}

/** The app of a person, with the participant token of a grant. */
export function appOf({ url }: { readonly url: string }, grant: ParticipantGrant): Client {
  return bearing(url, grant.participantToken);
}

/** A client with any bearer token. */
export function bearing(url: string, token: string): Client {
  return new Client(url, { accessToken: token } as SignedIn);
}
