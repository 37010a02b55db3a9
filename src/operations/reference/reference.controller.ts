import { createReadStream } from 'node:fs';
import { Controller, Get, Header, Param, StreamableFile } from '@nestjs/common';
import { Access } from '../../platform/access/access.decorator.js';
import { Operation, Section } from '../../platform/http/documented.js';
import { pathOf } from '../../platform/http/public-address.js';
import { Refuses } from '../../platform/http/refuses.js';
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
  @Operation(
    'getOpenApi',
    'Read this document',
    'Returns the OpenAPI document, from which clients can be generated.',
  )
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
  @Operation(
    'getDocs',
    'Open the reference page',
    'Returns this document as a web page, on which every operation can be tried out. It loads nothing from other servers.',
  )
  @Access('anyone')
  @Header('cache-control', 'public, max-age=300')
  @Header('content-security-policy', PAGE_POLICY)
  @ReturnsFile('text/html')
  show(): StreamableFile {
    return new StreamableFile(Buffer.from(PAGE), { type: 'text/html; charset=utf-8' });
  }

  @Get('docs/:file')
  @Operation(
    'getDocsFile',
    'Load a file of the reference page',
    'Returns a script or the style sheet of the reference page, which loads it by itself.',
  )
  @Access('anyone')
  @Refuses(NoSuchPart)
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
