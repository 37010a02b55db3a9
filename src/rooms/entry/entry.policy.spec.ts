import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Problem } from '../../platform/http/problem.js';
import { explain, type AccountStatus } from './explanation.policy.js';
import { type EntryFacts, refusalToEnter, refusalToStay, roleIn } from './entry.policy.js';

const opensAt = new Date('2026-05-30T18:00:00Z');
const bannedUntil = new Date('2026-06-06T18:00:00Z');

const facts: EntryFacts = {
  role: 'user',
  memberRole: null,
  access: 'members',
  guest: null,
  isInvited: false,
  isBanned: false,
  bannedUntil: null,
  phase: 'open',
  opensAt: null,
  earlyEntry: null,
  holdsSeat: false,
  holdsOtherSeat: false,
  hasAccessCode: false,
  codeGiven: false,
  capacity: null,
  heldSeats: null,
};

type Caller = Pick<EntryFacts, 'role' | 'memberRole' | 'access' | 'guest'>;
const callers = {
  admin: { role: 'admin', memberRole: null, access: 'members', guest: null },
  host: { role: 'user', memberRole: 'host', access: 'members', guest: null },
  participant: { role: 'user', memberRole: 'participant', access: 'members', guest: null },
  viewer: { role: 'user', memberRole: 'viewer', access: 'members', guest: null },
  anybody: { role: 'user', memberRole: null, access: 'users', guest: null },
  stranger: { role: 'user', memberRole: null, access: 'members', guest: null },
} as const satisfies Record<string, Caller>;
type Name = keyof typeof callers;

const phases = ['scheduled', 'open', 'locked', 'closed'] as const;

/** The table of the contract, for a room without a code and without a capacity. */
const TABLE: Record<Name, readonly [string, string, string, string]> = {
  admin: ['yes', 'yes', 'yes', 'yes'],
  host: ['room_not_open', 'yes', 'yes', 'room_closed'],
  participant: ['room_not_open', 'yes', 'room_locked', 'room_closed'],
  viewer: ['room_not_open', 'yes', 'room_locked', 'room_closed'],
  anybody: ['room_not_open', 'yes', 'room_locked', 'room_closed'],
  stranger: ['not_found', 'not_found', 'not_found', 'not_found'],
};

const codeOf = (problem: Problem | undefined) => problem?.code ?? 'yes';

const names = Object.keys(callers) as Name[];
const cells = names.flatMap((caller) =>
  phases.map((phase, index) => [caller, phase, TABLE[caller][index] ?? ''] as const),
);

describe('the policy of entry', () => {
  it.each(cells)('decides for %s in a %s room: %s', (caller, phase, answer) => {
    expect(codeOf(refusalToEnter({ ...facts, ...callers[caller], phase }))).toBe(answer);
  });

  it('admits hosts and administrators during early entry, and nobody else', () => {
    const early = { ...facts, phase: 'scheduled', earlyEntry: true } as const;
    const answers = names.map((caller) => codeOf(refusalToEnter({ ...early, ...callers[caller] })));
    expect(answers).toEqual([
      'yes',
      'yes',
      'room_not_open',
      'room_not_open',
      'room_not_open',
      'not_found',
    ]);
  });

  it('admits people with a seat to a locked room', () => {
    const seated = { ...facts, phase: 'locked', holdsSeat: true } as const;
    for (const caller of ['participant', 'viewer', 'anybody'] as const)
      expect(codeOf(refusalToEnter({ ...seated, ...callers[caller] }))).toBe('yes');
  });

  it('refuses with the time at which the room opens', () => {
    const scheduled = { ...facts, ...callers.anybody, phase: 'scheduled', opensAt } as const;
    expect(refusalToEnter(scheduled)?.members).toEqual({ opensAt });
  });

  it('refuses a banned host with the end of the ban', () => {
    for (const until of [null, bannedUntil]) {
      const banned = { ...facts, ...callers.host, isBanned: true, bannedUntil: until };
      expect(refusalToEnter(banned)?.members).toEqual({ bannedUntil: until });
    }
  });

  it('requires the access code until it is given, but not from administrators and hosts', () => {
    const withCode = { ...facts, hasAccessCode: true };
    const answers = names.map((caller) =>
      codeOf(refusalToEnter({ ...withCode, ...callers[caller] })),
    );
    const required = 'access_code_required';
    expect(answers).toEqual(['yes', 'yes', required, required, required, 'not_found']);
    const given = { ...withCode, ...callers.participant, codeGiven: true };
    expect(refusalToEnter(given)).toBeUndefined();
  });

  it('requires no access code from an invited member', () => {
    const invited = { ...facts, ...callers.participant, hasAccessCode: true, isInvited: true };
    expect(refusalToEnter(invited)).toBeUndefined();
  });

  it('admits guests only as members of their own room', () => {
    const open = { ...facts, access: 'users' } as const;
    const answers = (['here', 'elsewhere'] as const).flatMap((guest) =>
      ([null, 'viewer'] as const).map((memberRole) =>
        codeOf(refusalToEnter({ ...open, guest, memberRole })),
      ),
    );
    expect(answers).toEqual(['not_found', 'yes', 'not_found', 'not_found']);
  });

  it('does not admit a stranger by an access code alone', () => {
    const stranger = { ...facts, ...callers.stranger, hasAccessCode: true, codeGiven: true };
    expect(codeOf(refusalToEnter(stranger))).toBe('not_found');
  });

  it.each([
    [0, 'yes'],
    [1, 'yes'],
    [2, 'room_full'],
    [3, 'room_full'],
  ])('decides with %i of 2 seats held: %s', (heldSeats, answer) => {
    const room = { ...facts, ...callers.participant, capacity: 2, heldSeats };
    expect(codeOf(refusalToEnter(room))).toBe(answer);
    for (const exemption of [
      callers.admin,
      callers.host,
      { holdsSeat: true },
      { holdsOtherSeat: true },
    ])
      expect(refusalToEnter({ ...room, ...exemption })).toBeUndefined();
  });
});

/** Every combination of facts. */
function* product(): Generator<EntryFacts> {
  const truths = [true, false];
  for (const [role, guest] of [
    ['user', null],
    ['admin', null],
    ['user', 'here'],
    ['user', 'elsewhere'],
  ] as const)
    for (const memberRole of ['host', 'participant', 'viewer', null] as const)
      for (const access of ['members', 'users'] as const)
        for (const phase of phases)
          for (const earlyEntry of [true, false, null])
            for (const [holdsSeat, holdsOtherSeat] of [
              [true, false],
              [false, true],
              [false, false],
            ] as const)
              for (const hasAccessCode of truths)
                for (const codeGiven of truths)
                  for (const isInvited of truths)
                    for (const heldSeats of [null, 1, 2])
                      for (const isBanned of truths) {
                        const capacity = heldSeats === null ? null : 2;
                        const seats = { holdsSeat, holdsOtherSeat };
                        const person = { role, guest, memberRole, isInvited, codeGiven, ...seats };
                        const ban = { isBanned, bannedUntil };
                        const room = { access, phase, opensAt, earlyEntry, hasAccessCode };
                        yield { ...person, ...ban, ...room, capacity, heldSeats };
                      }
}

/** The rules of the contract once more, as code. */
function expected(each: EntryFacts): string {
  const isHost = each.memberRole === 'host';
  if (each.role === 'admin') return 'yes';
  if (each.guest === 'elsewhere') return 'not_found';
  if (each.memberRole === null && (each.access === 'members' || each.guest)) return 'not_found';
  if (each.isBanned) return 'banned';
  if (each.phase === 'closed') return 'room_closed';
  if (each.phase === 'scheduled') return isHost && each.earlyEntry ? 'yes' : 'room_not_open';
  if (isHost) return 'yes';
  if (each.phase === 'locked' && !each.holdsSeat) return 'room_locked';
  if (each.hasAccessCode && !each.codeGiven && !each.isInvited) return 'access_code_required';
  const isInside = each.holdsSeat || each.holdsOtherSeat;
  return each.capacity === each.heldSeats && each.capacity && !isInside ? 'room_full' : 'yes';
}

describe('every combination of facts', () => {
  // The stack traces of refusals would take most of the time, and nobody reads them.
  const { stackTraceLimit } = Error;
  beforeAll(() => {
    Error.stackTraceLimit = 0;
  });
  afterAll(() => {
    Error.stackTraceLimit = stackTraceLimit;
  });

  // Compared one by one, because a matcher for each combination would take half a minute.
  const wrong: unknown[] = [];
  const compare = (facts: unknown, answer: unknown, wanted: unknown) => {
    if (answer !== wanted) wrong.push({ facts, answer, wanted });
  };

  it('is decided as the contract says', () => {
    let count = 0;
    for (const each of product()) {
      compare(each, codeOf(refusalToEnter(each)), expected(each));
      count += 1;
    }
    expect(count).toBe(55_296);
    expect(wrong.splice(0)).toEqual([]);
  });

  it('is explained in agreement with its decision', () => {
    for (const each of product())
      for (const status of ['active', 'pending', 'disabled'] as AccountStatus[]) {
        const { admitted, rules } = explain(each, status);
        const facts = { ...each, status };
        compare(facts, admitted, !refusalToEnter(each) && status === 'active');
        compare(
          facts,
          rules.some(({ verdict }) => verdict === 'fail'),
          !admitted,
        );
        const unclear = rules.find(({ detail }) => !/^[A-Z0-9].*\.$/.test(detail));
        compare(facts, unclear?.detail, undefined);
      }
    expect(wrong.splice(0)).toEqual([]);
  });

  it('lets people inside stay unless they are now strangers or banned, or the room is closed', () => {
    for (const each of product()) {
      const isStranger = roleIn(each) === undefined;
      const isOver = each.phase === 'closed' && each.role !== 'admin';
      const isBanned = each.isBanned && each.role !== 'admin';
      const rest = isBanned ? 'banned' : isOver ? 'room_closed' : 'yes';
      compare(each, codeOf(refusalToStay(each)), isStranger ? 'not_found' : rest);
    }
    expect(wrong.splice(0)).toEqual([]);
  });

  it('gives a role to everybody who may see the room', () => {
    const roles = names.map((caller) => roleIn(callers[caller]));
    expect(roles).toEqual(['host', 'host', 'participant', 'viewer', 'participant', undefined]);
  });
});
