/** How the sandbox CAS deviates from the vendor's documented answer; empty means normal. */
export interface Behaviour {
  /** Answers with this status and a JSON error: 201 to 599. */
  status?: number;
  /** The `Retry-After` header beside `status`: seconds, or an HTTP date. */
  retryAfter?: number | string;
  hang?: boolean;
  drop?: boolean;
  /** Sends the headers at once, then the token a byte each 500 ms. */
  trickle?: boolean;
  /** 200 with an HTML page. */
  garbage?: boolean;
  /** 200 with `{"token":42}`, `{}` or `{"token":""}`. */
  wrongType?: 'number' | 'missing' | 'empty';
  /** 302 to this address. */
  redirect?: string;
  /** 200 with a body of 10 MB. */
  huge?: boolean;

  noExp?: boolean;
  /** Token whose `exp` is a minute ago. */
  expired?: boolean;
  /** Token that lives for so many seconds. */
  shortLife?: number;
  opaque?: boolean;
  /** Token whose `exp` is a string. */
  oddExp?: boolean;

  /** Milliseconds before anything is answered. */
  delay?: number;
  /** Seconds by which the `Date` header, `iat` and `exp` are ahead; negative if they are behind. */
  clockSkew?: number;
  /** Number of token requests that this applies to; after them, the behaviour is normal again. */
  times?: number;
}

export class InvalidBehaviour extends Error {}

/** Kinds of answers and, below, of tokens; the fields of each list exclude each other. */
const ANSWERS = [
  ...(['status', 'hang', 'drop', 'trickle'] as const),
  ...(['garbage', 'wrongType', 'redirect', 'huge'] as const),
];
const TOKENS = ['noExp', 'expired', 'shortLife', 'opaque', 'oddExp'] as const;

type Rule = readonly [expectation: string, accepts: (value: unknown) => boolean];

const flag: Rule = ['true or false', (value) => typeof value === 'boolean'];
const text: Rule = [
  'a text of printable ASCII',
  (value) => typeof value === 'string' && /^[\x20-\x7e]+$/.test(value),
];

function integer(least: number, most: number, unit: string): Rule {
  const expectation = `a whole number${unit} from ${least} to ${most}`;
  return [
    expectation,
    (value) => Number.isInteger(value) && Number(value) >= least && Number(value) <= most,
  ];
}

const RULES: Record<keyof Behaviour, Rule> = {
  status: integer(201, 599, ''),
  retryAfter: [
    'seconds or a date as text',
    (value) => integer(0, 86_400, '')[1](value) || text[1](value),
  ],
  hang: flag,
  drop: flag,
  trickle: flag,
  garbage: flag,
  wrongType: ['number, missing or empty', (value) => WRONG_TYPES.includes(value)],
  redirect: text,
  huge: flag,
  noExp: flag,
  expired: flag,
  shortLife: integer(1, 31_536_000, ' of seconds'),
  opaque: flag,
  oddExp: flag,
  delay: integer(0, 600_000, ' of milliseconds'),
  clockSkew: integer(-31_536_000, 31_536_000, ' of seconds'),
  times: integer(1, 1_000_000, ''),
};
const WRONG_TYPES: unknown[] = ['number', 'missing', 'empty'];

/** @throws {InvalidBehaviour} also for two fields that exclude each other */
export function assertBehaviour(value: unknown): asserts value is Behaviour {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidBehaviour('A behaviour is an object.');
  }
  const rules = new Map(Object.entries(RULES));
  for (const [name, given] of Object.entries(value)) {
    const rule = rules.get(name);
    if (rule === undefined) {
      throw new InvalidBehaviour(
        `"${name}" is unknown; known are ${[...rules.keys()].join(', ')}.`,
      );
    }
    const [expectation, accepts] = rule;
    if (!accepts(given)) throw new InvalidBehaviour(`"${name}" must be ${expectation}.`);
  }
  for (const group of [ANSWERS, TOKENS]) {
    const named = chosen(group, value);
    if (named.length > 1) throw new InvalidBehaviour(`Choose one of ${named.join(', ')}.`);
  }
}

/** Returns the behaviour after a change; a new kind of answer or token replaces the old kind. */
export function change(current: Behaviour, patch: Behaviour): Behaviour {
  const kept = { ...current };
  if (chosen(ANSWERS, patch).length > 0) {
    for (const name of [...ANSWERS, 'retryAfter'] as const) delete kept[name];
  }
  if (chosen(TOKENS, patch).length > 0) {
    for (const name of TOKENS) delete kept[name];
  }
  return { ...kept, ...patch };
}

function chosen(group: readonly (keyof Behaviour)[], behaviour: Behaviour): string[] {
  return group.filter((name) => (behaviour[name] ?? false) !== false);
}
