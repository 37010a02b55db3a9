import type { Scenario } from './scenario.js';
import type { AttackClient } from './attack-client.js';

/** A request of anybody. */
export interface Ask {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly token?: string;
  readonly body?: object;
  /** The address that the proxy names; without, everybody would be one network. */
  readonly from: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Somebody who has nothing to do with the attack, but shares something with the attacker. */
export interface Bystander {
  readonly kind: string;
  readonly perSecond: number;
  ask(): Ask;
  /** Told each good answer, for a request that follows from the one before it. */
  keep?(answer: string): void;
}

/** What an attack must not make more of than this. */
export interface Count {
  readonly what: string;
  readonly found: number;
  readonly most: number;
}

/** What one account, one link or one address may do; the worst that we could think of. */
export interface Attack<Target extends object = object> {
  readonly name: string;
  readonly what: string;
  /** Makes what the attack needs. @returns what is handed to the process of the attacker, as JSON */
  prepare(scenario: Scenario): Promise<Target>;
  /** In a process of its own, until `client.isOver`. */
  run(target: Target, client: AttackClient): Promise<void>;
  bystanders?(scenario: Scenario, target: Target): readonly Bystander[];
  /** Called before the attack. @returns what counts when it has been over for a moment */
  watch?(
    scenario: Scenario,
    target: Target,
  ): Promise<(seconds: number) => Promise<readonly Count[]>>;
}

/** An attack among others: its target goes from `prepare` to `run` only, through JSON. */
export function attack<Target extends object>(declared: Attack<Target>): Attack {
  return declared;
}

/** The network from which every attacker comes; nobody else does but bystanders. */
export const ATTACKER = '203.0.113.66';
