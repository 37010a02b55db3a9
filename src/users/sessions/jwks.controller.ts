import { Controller, Get, Header } from '@nestjs/common';
import { Access } from '../../platform/access/access.decorator.js';
import { Operation, Section } from '../../platform/http/documented.js';
import { Returns } from '../../platform/http/returns.js';
import { KeySet } from './auth.schema.js';
import { KEY_SET_SECONDS } from './signing-key-rotation.service.js';
import { SigningKeys } from './signing-keys.js';

@Section('Sign-in')
@Controller('.well-known')
export class JwksController {
  constructor(private readonly keys: SigningKeys) {}

  @Get('jwks.json')
  @Operation(
    'getKeySet',
    'Read the keys that sign access tokens',
    'Returns the public keys as a JSON Web Key Set (RFC 7517). A service that verifies access tokens itself fetches these keys. It fetches them again when a token names an unknown `kid`.',
  )
  @Access('anyone')
  @Header('cache-control', `public, max-age=${KEY_SET_SECONDS}`)
  @Returns(200, KeySet)
  publish(): KeySet {
    return { keys: this.keys.published as KeySet['keys'] };
  }
}
