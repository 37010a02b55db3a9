import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DatabaseState } from './database-state.js';

const failure = (code: string) => Object.assign(new Error('no connection'), { code });

let logged: unknown[];
beforeEach(() => {
  logged = [];
  vi.spyOn(Logger.prototype, 'error').mockImplementation((line: unknown) => void logged.push(line));
  vi.spyOn(Logger.prototype, 'warn').mockImplementation((line: unknown) => void logged.push(line));
});
afterEach(() => void vi.restoreAllMocks());

describe('log entries about a lost database', () => {
  it('a restart of the server is logged once, whatever errors it causes', () => {
    const state = new DatabaseState();
    for (const code of ['57P01', 'ECONNREFUSED', '57P03']) state.noteLost(failure(code));
    state.noteConnected();
    expect(logged).toEqual([{ code: '57P01' }, 'the database is back']);
  });

  it('a primary that becomes a standby is logged once, by a connection or by a statement', () => {
    for (const isFirst of [true, false]) {
      logged = [];
      const state = new DatabaseState();
      if (isFirst) state.noteRefused('25006', 'update rooms');
      state.noteLost(failure('25006'));
      if (!isFirst) state.noteRefused('25006', 'update rooms');
      state.noteConnected();
      expect(logged).toEqual([expect.objectContaining({ code: '25006' }), 'the database is back']);
      state.noteLost(failure('25006'));
      expect(logged).toHaveLength(3);
    }
  });

  it('a later error that lasts until an operator acts is logged too', () => {
    const state = new DatabaseState();
    for (const code of ['57P01', '28P01', '28P01', 'ECONNREFUSED']) state.noteLost(failure(code));
    expect(logged).toEqual([{ code: '57P01' }, { code: '28P01' }]);
  });
});
