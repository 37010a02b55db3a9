import { isAboveBans, runsAllRooms } from '../../platform/access/global-role.js';
import {
  asksForCode,
  ENTRY_RULES,
  type EntryFacts,
  type EntryRule,
  needsFreeSeat,
  roleIn,
} from './entry.policy.js';

export type AccountStatus = 'active' | 'pending' | 'disabled';
export type Verdict = 'pass' | 'fail' | 'not_applicable';

export interface JudgedRule {
  readonly rule: 'account' | EntryRule;
  readonly verdict: Verdict;
  readonly detail: string;
}

export interface Explanation {
  readonly admitted: boolean;
  readonly rules: JudgedRule[];
}

/** The verdict on a rule that does not refuse: passed, or not applicable. */
const UNREFUSED: Readonly<
  Record<EntryRule, (facts: EntryFacts) => Omit<JudgedRule, 'rule'> | string>
> = {
  admission: admittedBy,
  ban: ({ role, isBanned }) =>
    isAboveBans(role) && isBanned
      ? spared('Bans do not apply to administrators.')
      : 'The user is not banned.',
  phase: ({ role, phase }) =>
    runsAllRooms(role) ? spared('Administrators enter in any phase.') : `The room is ${phase}.`,
  access_code: (facts) =>
    asksForCode(facts)
      ? 'The user has entered the access code.'
      : spared(facts.hasAccessCode ? 'This user needs no access code.' : 'The room has no code.'),
  capacity: (facts) => {
    if (facts.capacity === null) return spared('The room has no capacity.');
    return needsFreeSeat(facts)
      ? `${facts.heldSeats ?? 0} of ${facts.capacity} seats are held.`
      : spared('Hosts and people who hold a seat need no free seat.');
  },
};

/** Explains whether a person would be admitted, by the rules of the join itself. */
export function explain(facts: EntryFacts, status: AccountStatus): Explanation {
  const names = Object.keys(ENTRY_RULES) as EntryRule[];
  const rules = [judgeAccount(status), ...names.map((rule) => judge(rule, facts))];
  return { admitted: rules.every(({ verdict }) => verdict !== 'fail'), rules };
}

function judgeAccount(status: AccountStatus): JudgedRule {
  const verdict = status === 'active' ? 'pass' : 'fail';
  return { rule: 'account', verdict, detail: `The account is ${status}.` };
}

function judge(rule: EntryRule, facts: EntryFacts): JudgedRule {
  const refusal = ENTRY_RULES[rule](facts);
  if (refusal) {
    const detail = rule === 'admission' ? strangenessOf(facts) : refusal.detail;
    return { rule, verdict: 'fail', detail };
  }
  const said = UNREFUSED[rule](facts);
  return typeof said === 'string' ? { rule, verdict: 'pass', detail: said } : { rule, ...said };
}

function spared(detail: string) {
  return { verdict: 'not_applicable', detail } as const;
}

function admittedBy(facts: EntryFacts): string {
  if (runsAllRooms(facts.role)) return 'An administrator is a host of every room.';
  if (facts.memberRole === null) return 'The room is open to every user.';
  return `A member${facts.isInvited ? ' by an invite' : ''}, as ${roleIn(facts)}.`;
}

function strangenessOf({ guest }: EntryFacts): string {
  if (guest === 'elsewhere') return 'A guest of another room.';
  return guest === 'here'
    ? 'A guest whose membership has ended.'
    : 'Not a member, and the room is for members only.';
}
