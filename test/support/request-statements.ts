import { AsyncLocalStorage } from 'node:async_hooks';
import pg from 'pg';
import { PIN_SETTINGS } from '../../src/platform/database/session-settings.js';
import type { TestApp } from './app.js';

const QUERY = Object.getOwnPropertyDescriptor(pg.Client.prototype, 'query') ?? {};

/**
 * Records the statements that requests send, each a round trip. Statements of tickers are left out
 * by their cause, not by their names; those that begin a connection, because any request may need
 * a new connection.
 */
export class RequestStatements {
  private names: string[] = [];

  constructor({ app }: TestApp) {
    const causes = new AsyncLocalStorage<true>();
    app.getHttpServer().prependListener('request', () => causes.enterWith(true));
    const query = QUERY.value as (...values: unknown[]) => unknown;
    const note = ([statement]: unknown[]) => {
      if (!causes.getStore() || statement === PIN_SETTINGS) return;
      const { name } = statement as { readonly name?: string };
      this.names.push(name ?? (typeof statement === 'string' ? statement : 'unnamed'));
    };
    const noted = function (this: pg.Client, ...values: unknown[]): unknown {
      note(values);
      return Reflect.apply(query, this, values);
    };
    Object.defineProperty(pg.Client.prototype, 'query', { ...QUERY, value: noted });
  }

  /** Returns the result of `work` and the statements that were sent meanwhile. */
  async of<Result>(work: () => Promise<Result>): Promise<[Result, string[]]> {
    this.names = [];
    const result = await work();
    return [result, [...this.names]];
  }

  stop(): void {
    Object.defineProperty(pg.Client.prototype, 'query', QUERY);
  }
}
