import { AsyncLocalStorage } from 'node:async_hooks';
import type { Server } from 'node:http';
import pg from 'pg';
import type { TestApp } from './app.js';

/**
 * Notes the statements that requests send, each a round trip, and none of those of tickers: by what
 * caused them, not by their names.
 */
export class RequestStatements {
  private names: string[] = [];
  private readonly query = pg.Client.prototype.query;

  constructor({ app }: TestApp) {
    const causes = new AsyncLocalStorage<true>();
    (app.getHttpServer() as Server).prependListener('request', () => causes.enterWith(true));
    const { query } = this;
    const note = ([statement]: unknown[]) => {
      if (!causes.getStore()) return;
      const { name } = statement as { readonly name?: string };
      this.names.push(name ?? (typeof statement === 'string' ? statement : 'unnamed'));
    };
    pg.Client.prototype.query = function (this: pg.Client, ...values: unknown[]) {
      note(values);
      return Reflect.apply(query, this, values) as unknown;
    } as typeof query;
  }

  /** Those that were sent while something was done. */
  async of<Result>(work: () => Promise<Result>): Promise<[Result, string[]]> {
    this.names = [];
    const result = await work();
    return [result, this.names];
  }

  stop(): void {
    pg.Client.prototype.query = this.query;
  }
}
