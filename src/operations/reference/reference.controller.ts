import { createReadStream } from 'node:fs';
import { Controller, Get, Header, Param, StreamableFile } from '@nestjs/common';
import { Access } from '../../platform/access/access.decorator.js';
import { Operation, Section } from '../../platform/http/documented.js';
import { pathOf } from '../../platform/http/public-address.js';
import { ReturnsFile } from '../../platform/http/returns.js';
import { Config } from '../../platform/config/config.js';
import { assetOf, DOCUMENT, documentBehind, PAGE, PAGE_POLICY, START } from './page.js';
import { AssetPath } from './reference.schema.js';
import { NoSuchPart } from './reference.problems.js';

@Section('Reference')
@Controller()
export class ReferenceController {
  private readonly document: Buffer | undefined;

  constructor({ PUBLIC_URL }: Config) {
    const path = pathOf(PUBLIC_URL);
    if (path !== '') this.document = documentBehind(path);
  }

  @Get('openapi.json')
  @Operation('getOpenApi', 'Read this document')
  @Access('anyone')
  @Header('cache-control', 'public, max-age=300')
  @ReturnsFile('application/json')
  read(): StreamableFile {
    const type = 'application/json; charset=utf-8';
    return this.document
      ? new StreamableFile(this.document, { type })
      : new StreamableFile(createReadStream(DOCUMENT), { type });
  }

  @Get('docs')
  @Operation('getDocs', 'Read this document as a page')
  @Access('anyone')
  @Header('cache-control', 'public, max-age=300')
  @Header('content-security-policy', PAGE_POLICY)
  @ReturnsFile('text/html')
  show(): StreamableFile {
    return new StreamableFile(Buffer.from(PAGE), { type: 'text/html; charset=utf-8' });
  }

  @Get('docs/:file')
  @Operation('getDocsFile', 'Load a part of the page')
  @Access('anyone')
  @Header('cache-control', 'public, max-age=3600')
  @ReturnsFile('text/javascript', 'text/css')
  load(@Param({ schema: AssetPath }) { file }: AssetPath): StreamableFile {
    if (file === 'start.js')
      return new StreamableFile(Buffer.from(START), { type: 'text/javascript; charset=utf-8' });
    const asset = assetOf(file);
    if (!asset) throw new NoSuchPart();
    return new StreamableFile(createReadStream(asset.path), { type: asset.type });
  }
}
