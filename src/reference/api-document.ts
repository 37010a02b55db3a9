import { type INestApplication, Injectable } from '@nestjs/common';
import { describeApi } from './document.js';

/** The OpenAPI document of this server, built when it is asked for first. */
@Injectable()
export class ApiDocument {
  private app: INestApplication | undefined;
  private json: Buffer | undefined;

  /** The document is made of the whole application, which nobody can be given by injection. */
  describes(app: INestApplication): void {
    this.app = app;
  }

  asJson(): Buffer {
    if (!this.app) throw new Error('The application is not set up.');
    this.json ??= Buffer.from(JSON.stringify(describeApi(this.app)));
    return this.json;
  }
}
