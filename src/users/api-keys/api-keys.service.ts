import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import type { Caller } from '../../platform/access/principal.js';
import { SCOPES } from '../../platform/access/scope.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import { Database, type Transaction } from '../../platform/database/database.js';
import type { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { type Page, toPage } from '../../platform/http/paging.js';
import { ServiceUsersService } from '../accounts/service-users.service.js';
import { drawApiKey, storedFormOf } from './api-key-text.js';
import { ApiKeyEndsInThePast, NoSuchApiKey, TooManyApiKeys } from './api-keys.problems.js';
import { ApiKeysRepository, type ApiKeyValues } from './api-keys.repository.js';
import type {
  ApiKeyView,
  ChangeApiKey,
  CreateApiKey,
  ListApiKeys,
  NewApiKeyView,
  RotateApiKey,
  RotatedApiKey,
} from './api-keys.schema.js';

/** The API keys of this server, for administrators. */
@Injectable()
export class ApiKeysService {
  constructor(
    private readonly database: Database,
    private readonly keys: ApiKeysRepository,
    private readonly users: ServiceUsersService,
    private readonly audit: AuditService,
  ) {}

  async list(query: ListApiKeys): Promise<Page<ApiKeyView>> {
    return toPage(await this.keys.list(query), query);
  }

  /** @throws {NotFound} */
  async find(id: string): Promise<ApiKeyView> {
    return (await this.keys.find(id)) ?? notFound();
  }

  /**
   * Creates a key and its user when `unit` is committed.
   * @throws {LimitReached} @throws {InvalidRequest} if it would have expired already
   */
  create(body: CreateApiKey, actor: Caller, unit: UnitOfWork): Promise<NewApiKeyView> {
    const id = randomUUID();
    const key = drawApiKey();
    const { name, namespace, expiresAt = null } = body;
    const scopes = inOrder(body.scopes);
    return unit.run(async (transaction) => {
      if (!(await this.keys.hasRoom(transaction))) throw new TooManyApiKeys();
      await this.refusePast(transaction, expiresAt);
      await this.users.add(transaction, id, name);
      await this.keys.insert(transaction, { id, name, scopes, namespace, expiresAt });
      await this.keys.addSecret(transaction, id, storedFormOf(key));
      const details = { scopes, namespace, expiresAt };
      const entry = { action: 'api_key.created', actor, userId: id, details } as const;
      await this.audit.record(transaction, entry);
      return { ...((await this.keys.find(id, transaction)) ?? notFound()), key };
    });
  }

  /** New rights apply to the next request. @throws {NotFound} @throws {InvalidRequest} */
  change(id: string, wish: ChangeApiKey, actor: Caller): Promise<ApiKeyView> {
    return this.database.transaction(async (transaction) => {
      const before = (await this.keys.lock(transaction, id)) ?? notFound();
      const changes = changesOf(before, wish);
      if (Object.keys(changes).length > 0) {
        await this.refusePast(transaction, changes.expiresAt ?? null);
        await this.keys.change(transaction, id, { ...before, ...changes });
        if (changes.name !== undefined) await this.users.rename(transaction, id, changes.name);
        const { name: _name, ...told } = changes;
        const details = { changed: Object.keys(changes), ...told };
        const entry = { action: 'api_key.changed', actor, userId: id, details } as const;
        await this.audit.record(transaction, entry);
      }
      return (await this.keys.find(id, transaction)) ?? notFound();
    });
  }

  /** Adds a secret when `unit` is committed, and ends the others. @throws {NotFound} */
  rotate(
    id: string,
    { overlapSeconds }: RotateApiKey,
    actor: Caller,
    unit: UnitOfWork,
  ): Promise<RotatedApiKey> {
    const key = drawApiKey();
    const secret = storedFormOf(key);
    return unit.run(async (transaction) => {
      if (!(await this.keys.lock(transaction, id))) throw new NoSuchApiKey();
      await this.keys.rotate(transaction, id, secret, overlapSeconds);
      const details = { overlapSeconds, prefix: secret.prefix };
      const entry = { action: 'api_key.rotated', actor, userId: id, details } as const;
      await this.audit.record(transaction, entry);
      return { key };
    });
  }

  /** Ends all secrets at once, and deletes the user of the key. @throws {NotFound} */
  async delete(id: string, actor: Caller): Promise<void> {
    await this.database.transaction(async (transaction) => {
      if (!(await this.keys.remove(transaction, id))) throw new NoSuchApiKey();
      await this.users.end(transaction, id);
      const entry = { action: 'api_key.revoked', actor, userId: id } as const;
      await this.audit.record(transaction, entry);
    });
    await this.users.erase(id);
  }

  private async refusePast(transaction: Transaction, expiresAt: Date | null): Promise<void> {
    if (expiresAt === null || expiresAt > (await this.database.now(transaction))) return;
    throw new ApiKeyEndsInThePast();
  }
}

/** Equal sets of scopes are stored as equal lists. */
function inOrder(scopes: CreateApiKey['scopes']): CreateApiKey['scopes'] {
  return SCOPES.filter((scope) => scopes.includes(scope));
}

function changesOf(before: ApiKeyValues, wish: ChangeApiKey): Partial<ApiKeyValues> {
  const { scopes } = wish;
  const values = { ...wish, ...(scopes && { scopes: inOrder(scopes) }) };
  const changed = Object.entries(values).filter(
    ([name, value]) =>
      value !== undefined && !isDeepStrictEqual(value, before[name as keyof ApiKeyValues]),
  );
  return Object.fromEntries(changed);
}

function notFound(): never {
  throw new NoSuchApiKey();
}
