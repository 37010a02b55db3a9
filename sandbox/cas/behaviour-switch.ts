import { assertBehaviour, type Behaviour, change } from './behaviour.js';

/** Holds the current behaviour of the sandbox CAS, and counts down a limited behaviour. */
export class BehaviourSwitch {
  private behaviour: Behaviour = {};

  get current(): Behaviour {
    return this.behaviour;
  }

  /** @throws {InvalidBehaviour} and changes nothing */
  change(patch: unknown): void {
    assertBehaviour(patch);
    this.behaviour = change(this.behaviour, patch);
  }

  /** @throws {InvalidBehaviour} and changes nothing */
  replace(wanted: unknown): void {
    assertBehaviour(wanted);
    this.behaviour = wanted;
  }

  clear(): void {
    this.behaviour = {};
  }

  next(): Behaviour {
    const { behaviour } = this;
    const { times } = behaviour;
    if (times !== undefined) this.behaviour = times > 1 ? { ...behaviour, times: times - 1 } : {};
    return behaviour;
  }
}
