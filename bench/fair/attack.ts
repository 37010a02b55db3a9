import type { Scenario } from './scenario.js';
import type { AttackClient } from './attack-client.js';

/** A request of any person. */
export interface Ask {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly token?: string;
  readonly body?: object;
  /**
   * The address that the proxy reports; without it, all requests would come from the same network.
   */
  readonly from: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An uninvolved person who shares something with the attacker. */
export interface Bystander {
  readonly kind: string;
  readonly perSecond: number;
  ask(): Ask;
  /** Called with each good answer, for requests that depend on the previous answer. */
  keep?(answer: string): void;
}

/** A number that an attack must not exceed. */
export interface Count {
  readonly what: string;
  readonly found: number;
  readonly most: number;
}

/** The worst that an account, a link or an address may do. */
export interface Attack<Target extends object = object> {
  readonly name: string;
  readonly what: string;
  /**
   * Prepares the attack.
   * @returns data for the attacker's process, as JSON
   */
  prepare(scenario: Scenario): Promise<Target>;
  /** Runs in the attacker's process, until `client.isOver`. */
  run(target: Target, client: AttackClient): Promise<void>;
  bystanders?(scenario: Scenario, target: Target): readonly Bystander[];
  /**
   * Called before the attack.
   * @returns counts shortly after the end of the attack
   */
  watch?(
    scenario: Scenario,
    target: Target,
  ): Promise<(seconds: number) => Promise<readonly Count[]>>;
}

/** Hides the type of the target, which goes only from `prepare` to `run`, through JSON. */
export function attack<Target extends object>(declared: Attack<Target>): Attack {
  return declared;
}

/** The network of every attacker, shared only by bystanders. */
export const ATTACKER = '203.0.113.66';
