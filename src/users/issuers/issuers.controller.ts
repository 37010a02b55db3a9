import { Body, Controller, Get, Post } from '@nestjs/common';
import { Access } from '../../platform/access/access.decorator.js';
import { administersUsers } from '../../platform/access/global-role.js';
import { type Caller, TheCaller } from '../../platform/access/principal.js';
import { Operation, Section } from '../../platform/http/documented.js';
import { Returns } from '../../platform/http/returns.js';
import { ExplainTokensService } from './explain-tokens.service.js';
import { ExplainToken, IssuerList, TokenExplanation } from './issuers.schema.js';
import { IssuersService } from './issuers.service.js';

@Section('Identity providers')
@Controller('v1/issuers')
export class IssuersController {
  constructor(
    private readonly issuers: IssuersService,
    private readonly tokens: ExplainTokensService,
  ) {}

  @Get()
  @Operation(
    'listIssuers',
    'List the identity providers',
    'Returns the issuers of `TRUSTED_ISSUERS`, and whether this replica could load their keys.',
  )
  @Access('admin', { who: administersUsers })
  @Returns(200, IssuerList)
  list(@TheCaller() { seenAt }: Caller): IssuerList {
    return this.issuers.list(seenAt);
  }

  @Post('explain')
  @Operation(
    'explainToken',
    'Explain why a token is accepted or refused',
    "Checks an identity provider's token like a request that sends it, and returns the result of each check. Nothing is stored or logged.",
    'A text that is no token is explained too. `role` is null if the roles are managed here.',
  )
  @Access('admin', { who: administersUsers })
  @Returns(200, TokenExplanation)
  explain(@Body({ schema: ExplainToken }) { token }: ExplainToken): Promise<TokenExplanation> {
    return this.tokens.explain(token);
  }
}
