import { Controller, Get, Header } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access } from '../access/access.decorator.js';
import { Returns } from '../common/returns.js';
import { KeySet } from './auth.schema.js';
import { SigningKeys } from './signing-keys.js';

@ApiTags('Sign-in')
@Controller('.well-known')
export class JwksController {
  constructor(private readonly keys: SigningKeys) {}

  @Get('jwks.json')
  @ApiOperation({ operationId: 'getKeySet', summary: 'Read the keys that sign access tokens' })
  @Access('anyone')
  @Header('cache-control', 'public, max-age=300')
  @Returns(200, KeySet)
  publish(): KeySet {
    return { keys: this.keys.published as KeySet['keys'] };
  }
}
