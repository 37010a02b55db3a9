import { Injectable } from '@nestjs/common';
import type { BearerForm } from '../../platform/access/bearer-form.ports.js';
import { ROLE_OF_SERVICES } from '../../platform/access/global-role.js';
import type { Principal } from '../../platform/access/principal.js';
import { type Scope, SCOPES } from '../../platform/access/scope.js';
import { BoundedMap } from '../../platform/tasks/bounded-map.js';
import { hashOf, isApiKey, looksLikeApiKey } from './api-key-text.js';
import { ApiKeyUsesRepository } from './api-key-uses.repository.js';
import { ApiKeyRefused } from './api-keys.problems.js';

/** More than the secrets of all keys together. */
const CAPACITY = 1_000;

/** The bearer form of API keys. A key is a user of its own, without a session. */
@Injectable()
export class ApiKeyTokens implements BearerForm {
  /** The ids of keys, by the SHA-256 of secrets that were accepted. */
  private readonly known = new BoundedMap<string>(CAPACITY);

  constructor(private readonly uses: ApiKeyUsesRepository) {}

  isFormOf(token: string): boolean {
    return looksLikeApiKey(token);
  }

  /** @throws {ApiKeyRefused} */
  async authenticate(token: string): Promise<Principal> {
    if (!isApiKey(token)) throw new ApiKeyRefused('malformed');
    const hash = hashOf(token);
    const key = await this.uses.use(hash);
    if (!key) throw new ApiKeyRefused('key_unknown');
    if (!key.works) throw new ApiKeyRefused('expired');
    const { id, name, namespace, createdAt, seenAt } = key;
    const digest = hash.toString('base64');
    if (this.known.get(digest) === undefined) this.known.set(digest, id);
    return {
      userId: id,
      sessionId: id,
      kind: 'service',
      guestRoomId: null,
      role: ROLE_OF_SERVICES,
      displayName: name,
      signedInAt: createdAt,
      hasTemporaryPassword: false,
      seenAt,
      apiKey: { scopes: new Set(key.scopes.filter(isScope)), namespace },
    };
  }

  knownUserOf(token: string): string | undefined {
    if (!looksLikeApiKey(token)) return undefined;
    return this.known.get(hashOf(token).toString('base64'));
  }
}

/** A newer release may have written scopes that this release does not have. */
function isScope(text: string): text is Scope {
  return (SCOPES as readonly string[]).includes(text);
}
