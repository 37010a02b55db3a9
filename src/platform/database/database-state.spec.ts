import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DatabaseState } from './database-state.js';

const failure = (code: string) => Object.assign(new Error('no connection'), { code });

let told: unknown[];
beforeEach(() => {
  told = [];
  vi.spyOn(Logger.prototype, 'error').mockImplementation((line: unknown) => void told.push(line));
  vi.spyOn(Logger.prototype, 'warn').mockImplementation((line: unknown) => void told.push(line));
});
afterEach(() => void vi.restoreAllMocks());

describe('a loss of the database', () => {
  it('is told once while a server restarts, in whatever ways it refuses', () => {
    const state = new DatabaseState();
    for (const code of ['57P01', 'ECONNREFUSED', '57P03']) state.noteLost(failure(code));
    state.noteConnected();
    expect(told).toEqual([{ code: '57P01' }, 'the database is back']);
  });

  it('is told again with a cause that lasts until somebody acts', () => {
    const state = new DatabaseState();
    for (const code of ['57P01', '28P01', '28P01', 'ECONNREFUSED']) state.noteLost(failure(code));
    expect(told).toEqual([{ code: '57P01' }, { code: '28P01' }]);
  });
});
