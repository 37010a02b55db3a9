import { assertBehaviour, type Behaviour, change } from './behaviour.js';

/** Holds how the sandbox CAS behaves now, and counts down a behaviour that is limited. */
export class BehaviourSwitch {
  private behaviour: Behaviour = {};

  get current(): Behaviour {
    return this.behaviour;
  }

  /** Fails with `InvalidBehaviour`, and then changes nothing. */
  change(patch: unknown): void {
    assertBehaviour(patch);
    this.behaviour = change(this.behaviour, patch);
  }

  /** Fails with `InvalidBehaviour`, and then changes nothing. */
  replace(wanted: unknown): void {
    assertBehaviour(wanted);
    this.behaviour = wanted;
  }

  clear(): void {
    this.behaviour = {};
  }

  /** The behaviour for the request that has just arrived. */
  next(): Behaviour {
    const { behaviour } = this;
    const { times } = behaviour;
    if (times !== undefined) this.behaviour = times > 1 ? { ...behaviour, times: times - 1 } : {};
    return behaviour;
  }
}
