import {
  MintFailed,
  type MintedToken,
  TokenSource,
} from '../../../src/tokens/protocol/token-source.js';
import { jwt } from '../scripted-source.js';
import type { CallPlan } from './plan.js';
import type { Process } from './process.js';
import type { World } from './world.js';

/** The source as one replica sees it; the scheduler decides when and whether an answer comes. */
export class ScheduledSource extends TokenSource {
  constructor(
    private readonly world: World,
    private readonly process: Process,
  ) {
    super();
  }

  async withPlace<Result>(work: () => Promise<Result>): Promise<Result> {
    await this.world.moment(`${this.process.name}: has a place`);
    await this.process.awake();
    return work();
  }

  mint(signal: AbortSignal): Promise<MintedToken> {
    this.world.recorder.called(this.process.name);
    const answer = this.answer(this.world.nextCall());
    return new Promise((resolve, reject) => {
      const cut = () => reject(new MintFailed('unavailable', 'cut off'));
      if (signal.aborted) cut();
      signal.addEventListener('abort', cut, { once: true });
      answer.then(resolve, reject);
    });
  }

  private async answer(plan: CallPlan): Promise<MintedToken> {
    const { world, process } = this;
    if (plan.comes === 'nothing') await new Promise(() => undefined);
    await world.moment(`${process.name}: CAS answers`);
    await process.awake();
    // From here until the publish is sent, the replica can be paused or dead.
    if (plan.afterwards === 'stop') process.stop(plan.stopMs);
    if (plan.afterwards === 'crash') process.crash();
    if (plan.comes !== 'a token') throw new MintFailed('unavailable', plan.comes, plan.retryAfter);
    const claims = { iat: 1_000, exp: 1_000 + plan.lifeSeconds, rid: world.nextSession() };
    return { text: jwt(claims), answeredAt: undefined, receivedAt: world.time.now() };
  }
}
