import { createReadStream } from 'node:fs';
import { Controller, Get, Header, Param, StreamableFile } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access } from '../access/access.decorator.js';
import { NotFound } from '../common/problems.js';
import { ReturnsFile } from '../common/returns.js';
import { ApiDocument } from './api-document.js';
import { assetOf, PAGE, PAGE_POLICY, START } from './page.js';
import { AssetPath } from './reference.schema.js';

@ApiTags('Reference')
@Controller()
export class ReferenceController {
  constructor(private readonly document: ApiDocument) {}

  @Get('openapi.json')
  @ApiOperation({ operationId: 'getOpenApi', summary: 'Read this document' })
  @Access('anyone')
  @Header('cache-control', 'public, max-age=300')
  @ReturnsFile('application/json')
  read(): StreamableFile {
    return new StreamableFile(this.document.asJson(), { type: 'application/json; charset=utf-8' });
  }

  @Get('docs')
  @ApiOperation({ operationId: 'getDocs', summary: 'Read this document as a page' })
  @Access('anyone')
  @Header('cache-control', 'public, max-age=300')
  @Header('content-security-policy', PAGE_POLICY)
  @ReturnsFile('text/html')
  show(): StreamableFile {
    return new StreamableFile(Buffer.from(PAGE), { type: 'text/html; charset=utf-8' });
  }

  @Get('docs/:file')
  @ApiOperation({ operationId: 'getDocsFile', summary: 'Load a part of the page' })
  @Access('anyone')
  @Header('cache-control', 'public, max-age=3600')
  @ReturnsFile('text/javascript', 'text/css')
  load(@Param({ schema: AssetPath }) { file }: AssetPath): StreamableFile {
    if (file === 'start.js')
      return new StreamableFile(Buffer.from(START), { type: 'text/javascript; charset=utf-8' });
    const asset = assetOf(file);
    if (!asset) throw new NotFound('There is no such part of the page.');
    return new StreamableFile(createReadStream(asset.path), { type: asset.type });
  }
}
