import {
  MintFailed,
  type MintedToken,
  TokenSource,
} from '../../src/tokens/protocol/token-source.js';
import type { VirtualClock } from './virtual-clock.js';

interface Given {
  readonly afterMs?: number;
  readonly lifeSeconds?: number;
  readonly text?: string;
}

type Step = (signal: AbortSignal) => Promise<MintedToken>;

/** Returns an unsigned JWT with these claims. */
export function jwt(claims: unknown): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'HS256' })}.${part(claims)}.c2lnbmF0dXJl`;
}

/** A source that answers as the test has scripted, call by call; later calls get tokens of an hour. */
export class ScriptedSource extends TokenSource {
  readonly calls: { readonly at: number }[] = [];
  readonly tokens: string[] = [];
  /** The promise that a request for a place waits for. */
  place: Promise<void> = Promise.resolve();
  private readonly script: Step[] = [];

  constructor(private readonly clock: VirtualClock) {
    super();
  }

  async withPlace<Result>(work: () => Promise<Result>): Promise<Result> {
    await this.place;
    return work();
  }

  mint(signal: AbortSignal): Promise<MintedToken> {
    this.calls.push({ at: this.clock.now() });
    return (this.script.shift() ?? this.token())(signal);
  }

  /** Makes the next call return a token. */
  gives(options: Given = {}): this {
    this.script.push(this.token(options));
    return this;
  }

  fails(kind: 'refused' | 'unavailable' = 'unavailable', retryAfter?: number): this {
    this.script.push(() => Promise.reject(new MintFailed(kind, 'no token', retryAfter)));
    return this;
  }

  /** Makes the next call end only with its signal. */
  hangs(): this {
    this.script.push(
      (signal) =>
        new Promise((_, reject) => {
          const end = () => reject(new MintFailed('unavailable', 'cut off'));
          if (signal.aborted) end();
          signal.addEventListener('abort', end, { once: true });
        }),
    );
    return this;
  }

  private token({ afterMs = 0, lifeSeconds = 3_600, text }: Given = {}) {
    return async (signal: AbortSignal): Promise<MintedToken> => {
      if (afterMs > 0) await this.clock.sleep(afterMs, signal);
      if (signal.aborted) throw new MintFailed('unavailable', 'cut off');
      const number = this.tokens.length + 1;
      const given = text ?? jwt({ iat: 1_000, exp: 1_000 + lifeSeconds, rid: String(number) });
      this.tokens.push(given);
      return { text: given, answeredAt: undefined, receivedAt: this.clock.now() };
    };
  }
}
