import type { CompactVerifyGetKey } from 'jose';
import type { TrustedIssuer } from '../../platform/config/trusted-issuers.js';
import type { Outbound } from '../../platform/outbound/outbound.js';
import { KeyDocument, type KeySet } from './key-document.js';
import { IssuerUnavailable, refused } from './issuers.problems.js';

const RELOAD_MS = 300_000;
/** Loads of different replicas and issuers differ by up to this share of their period. */
const SPREAD = 0.2;
const FIRST_RETRY_MS = 5_000;
/** Unknown key ids cause one load in this time, because anybody can invent them. */
const PAUSE_MS = 30_000;
/** Known keys stay good for this time while the issuer cannot be reached. */
const LASTING_MS = 86_400_000;

/** A key that is not published any more stays good for this time, because its tokens still live. */
const FORMER_MS = 3_600_000;
const MOST_FORMER = 5;

type Header = Parameters<CompactVerifyGetKey>[0];
type Key = Awaited<ReturnType<CompactVerifyGetKey>>;

interface FormerKeys {
  readonly find: CompactVerifyGetKey;
  readonly endsAt: number;
}

/** The public keys of an issuer. Times are monotonic milliseconds. */
export class IssuerKeys {
  private readonly document: KeyDocument;
  private current: KeySet | undefined;
  private loadedAtMs: number | undefined;
  private former: readonly FormerKeys[] = [];
  private stamp = {};
  private loading: Promise<boolean> | undefined;
  private failures = 0;
  private dueAt = -Infinity;
  private pauseEndsAt = -Infinity;
  private fault: string | undefined;

  constructor(
    private readonly issuer: TrustedIssuer,
    outbound: Outbound,
  ) {
    this.document = new KeyDocument(issuer, outbound);
  }

  /** Whether the last load succeeded; null before the first load has ended. */
  get works(): boolean | null {
    if (this.fault !== undefined) return false;
    return this.current ? true : null;
  }

  /** Why the last load failed, without any text of the issuer. */
  get detail(): string | undefined {
    return this.fault;
  }

  get loadedAt(): number | undefined {
    return this.loadedAtMs;
  }

  /** Changes with the keys: tokens that were verified with other keys are verified again. */
  get version(): object | undefined {
    return this.areGood ? this.stamp : undefined;
  }

  private get areGood(): boolean {
    if (this.loadedAtMs === undefined) return false;
    return this.issuer.jwks !== undefined || performance.now() < this.loadedAtMs + LASTING_MS;
  }

  /** Loads the keys if they are due; failures are noted, and retried later. */
  async loadIfDue(): Promise<void> {
    if (performance.now() < this.dueAt) return;
    this.dueAt = Infinity;
    const isLoaded = await this.load();
    this.failures = isLoaded ? 0 : this.failures + 1;
    const wait = isLoaded
      ? RELOAD_MS * (1 - SPREAD + 2 * SPREAD * Math.random())
      : Math.min(RELOAD_MS, FIRST_RETRY_MS * 2 ** (this.failures - 1));
    this.dueAt = this.issuer.jwks ? Infinity : performance.now() + wait;
  }

  /**
   * Finds the key of a token. An unknown key may be new, so it causes a load, at most once in 30 s.
   * @throws {IssuerTokenRefused} the issuer has no such key
   * @throws {IssuerUnavailable} the key may be new, but cannot be loaded now
   */
  async find(header: Header): Promise<Key> {
    const known = await this.findKnown(header);
    if (known) return known;
    if (this.loading && (await this.loading)) return this.findLoaded(header);
    if (this.issuer.jwks) throw refused('key_unknown');
    // The load that was just waited for may have brought the key.
    const waited = await this.findKnown(header);
    if (waited) return waited;
    const rest = this.pauseEndsAt - performance.now();
    if (rest > 0) throw new IssuerUnavailable(undefined, { retryAfter: rest / 1000 });
    this.pauseEndsAt = performance.now() + PAUSE_MS;
    if (await this.load()) return this.findLoaded(header);
    throw new IssuerUnavailable(undefined, { retryAfter: PAUSE_MS / 1000 });
  }

  private async findLoaded(header: Header): Promise<Key> {
    const found = await this.findKnown(header);
    if (!found) throw refused('key_unknown');
    return found;
  }

  private async findKnown(header: Header): Promise<Key | undefined> {
    if (!this.areGood || !this.current) return undefined;
    const now = performance.now();
    const former = this.former.filter(({ endsAt }) => now < endsAt);
    for (const { find } of [this.current, ...former])
      try {
        // The second parameter is for key sets that read the token itself.
        return await find(header, { payload: '', signature: '' });
      } catch {
        // No key, several keys, or a key that cannot be imported.
      }
    return undefined;
  }

  /** Returns whether it succeeded; concurrent callers share a load. */
  private load(): Promise<boolean> {
    this.loading ??= this.loadNow().finally(() => (this.loading = undefined));
    return this.loading;
  }

  private async loadNow(): Promise<boolean> {
    const result = await this.document.read();
    if ('fault' in result) {
      this.fault = result.fault;
      return false;
    }
    this.fault = undefined;
    const now = performance.now();
    this.loadedAtMs = now;
    const former = this.former.filter(({ endsAt }) => now < endsAt);
    const isSame = result.text === this.current?.text;
    if (isSame && former.length === this.former.length) return true;
    const replaced = isSame || !this.current ? [] : [this.current];
    const endsAt = now + FORMER_MS;
    this.former = [...replaced.map(({ find }) => ({ find, endsAt })), ...former].slice(
      0,
      MOST_FORMER,
    );
    this.current = result;
    this.stamp = {};
    return true;
  }
}
