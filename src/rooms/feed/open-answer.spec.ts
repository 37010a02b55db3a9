import { expect, it } from 'vitest';
import { headOf } from './open-answer.js';

it('the head of an answer has one line for each value, and a value with a line break is refused', () => {
  expect(headOf({ date: 'now', vary: ['a', 'b'] })).toBe(
    'HTTP/1.1 200 OK\r\ndate: now\r\nvary: a\r\nvary: b\r\n\r\n',
  );
  for (const value of ['x\r\nset-cookie: y', 'x\ny', ['fine', 'x\ry']])
    expect(() => headOf({ vary: value })).toThrow(TypeError);
});
