import { Body, Controller, Delete, Get, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { Access } from '../../platform/access/access.decorator.js';
import { administersUsers } from '../../platform/access/global-role.js';
import { type Caller, TheCaller } from '../../platform/access/principal.js';
import { Config } from '../../platform/config/config.js';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { Operation, Section } from '../../platform/http/documented.js';
import type { Page } from '../../platform/http/paging.js';
import { pathOf } from '../../platform/http/public-address.js';
import { Refuses } from '../../platform/http/refuses.js';
import type { Reply } from '../../platform/http/request.js';
import { Returns, ReturnsNothing } from '../../platform/http/returns.js';
import { Idempotent } from '../../platform/idempotency/idempotent.decorator.js';
import { TheUnit } from '../../platform/idempotency/unit.decorator.js';
import { ApiKeyEndsInThePast, NoSuchApiKey, TooManyApiKeys } from './api-keys.problems.js';
import {
  ApiKeyList,
  ApiKeyPath,
  ApiKeyView,
  ChangeApiKey,
  CreateApiKey,
  ListApiKeys,
  NewApiKeyView,
  RotateApiKey,
  RotatedApiKey,
} from './api-keys.schema.js';
import { ApiKeysService } from './api-keys.service.js';

@Section('API keys')
@Controller('v1/api-keys')
export class ApiKeysController {
  constructor(
    private readonly keys: ApiKeysService,
    private readonly config: Config,
  ) {}

  @Post()
  @Operation(
    'createApiKey',
    'Create an API key',
    'Returns the key, which no other answer shows: store it where your backend reads its secrets. The backend sends it as `Authorization: Bearer lk_…`.',
    'A key may use the operations whose `x-scope` it has, in every room. Send an `Idempotency-Key`, so that a repeated request creates no second key.',
  )
  @Access('admin', { who: administersUsers })
  @Idempotent()
  @Refuses(TooManyApiKeys, ApiKeyEndsInThePast)
  @Returns(201, NewApiKeyView, 'Location')
  async create(
    @Body({ schema: CreateApiKey }) body: CreateApiKey,
    @TheCaller() caller: Caller,
    @TheUnit() unit: UnitOfWork,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<NewApiKeyView> {
    const created = await this.keys.create(body, caller, unit);
    void reply.header('location', `${pathOf(this.config.PUBLIC_URL)}/v1/api-keys/${created.id}`);
    return created;
  }

  @Get()
  @Operation(
    'listApiKeys',
    'List the API keys',
    'Returns the keys, the newest first. Expired keys are listed until they are deleted.',
  )
  @Access('admin', { who: administersUsers })
  @Returns(200, ApiKeyList)
  list(@Query({ schema: ListApiKeys }) query: ListApiKeys): Promise<Page<ApiKeyView>> {
    return this.keys.list(query);
  }

  @Get(':id')
  @Operation(
    'getApiKey',
    'Read an API key',
    'Returns the scopes of the key, and when each of its secrets was used.',
  )
  @Access('admin', { who: administersUsers })
  @Refuses(NoSuchApiKey)
  @Returns(200, ApiKeyView)
  find(@Param({ schema: ApiKeyPath }) { id }: ApiKeyPath): Promise<ApiKeyView> {
    return this.keys.find(id);
  }

  @Patch(':id')
  @Operation(
    'changeApiKey',
    'Change an API key',
    'Changes the fields that the body names, and no others. The next request of the key has the new rights.',
  )
  @Access('admin', { who: administersUsers })
  @Refuses(NoSuchApiKey, ApiKeyEndsInThePast)
  @Returns(200, ApiKeyView)
  change(
    @Param({ schema: ApiKeyPath }) { id }: ApiKeyPath,
    @Body({ schema: ChangeApiKey }) body: ChangeApiKey,
    @TheCaller() caller: Caller,
  ): Promise<ApiKeyView> {
    return this.keys.change(id, body, caller);
  }

  @Delete(':id')
  @Operation(
    'deleteApiKey',
    'Delete an API key',
    'Refuses all secrets of the key from now on. Rooms and users that the key has created remain, and the audit trail still names its id.',
  )
  @Access('admin', { who: administersUsers })
  @Refuses(NoSuchApiKey)
  @ReturnsNothing()
  delete(
    @Param({ schema: ApiKeyPath }) { id }: ApiKeyPath,
    @TheCaller() caller: Caller,
  ): Promise<void> {
    return this.keys.delete(id, caller);
  }

  @Post(':id/rotate')
  @Operation(
    'rotateApiKey',
    'Replace the secret of an API key',
    'Returns a new secret, which no other answer shows. The present secret works for `overlapSeconds` more, so that no request is refused while you replace it; with 0 it ends at once.',
    'At most two secrets work at a time: another rotation ends the older secret.',
  )
  @Access('admin', { who: administersUsers })
  @Idempotent()
  @Refuses(NoSuchApiKey)
  @Returns(201, RotatedApiKey)
  rotate(
    @Param({ schema: ApiKeyPath }) { id }: ApiKeyPath,
    @Body({ schema: RotateApiKey }) body: RotateApiKey,
    @TheCaller() caller: Caller,
    @TheUnit() unit: UnitOfWork,
  ): Promise<RotatedApiKey> {
    return this.keys.rotate(id, body, caller, unit);
  }
}
