import { describe, expect, it } from 'vitest';
import { capabilitiesOf } from './capability.js';

const { opens, closes, burns } = capabilitiesOf({
  keeper: { opens: true, closes: true, burns: false },
  warden: { opens: false, closes: true, burns: false },
  guest: { opens: false, closes: false, burns: false },
});

describe('capabilities of roles', () => {
  it('a capability belongs to the roles whose row in the table has it', () => {
    expect(['keeper', 'warden', 'guest'].map((role) => [opens(role), closes(role)])).toEqual([
      [true, true],
      [false, true],
      [false, false],
    ]);
  });

  it('a capability belongs to no unknown role, and to nobody without a role', () => {
    for (const role of ['curator', 'constructor', '__proto__', '', null, undefined])
      expect([opens(role), closes(role)]).toEqual([false, false]);
  });

  it('a capability is written as SQL for one role, for several roles and for none', () => {
    expect(opens.sql('m.role')).toBe(`m.role = 'keeper'`);
    expect(closes.sql('m.role')).toBe(`m.role = any (array['keeper', 'warden']::text[])`);
    expect(burns.sql('m.role')).toBe('m.role = any (array[]::text[])');
  });
});
