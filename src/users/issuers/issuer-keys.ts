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

/** Anybody can send tokens without a key id, and each key costs a verification. */
const MOST_KEYS_OF_A_TOKEN = 10;

type Header = Parameters<CompactVerifyGetKey>[0];
type Key = Awaited<ReturnType<CompactVerifyGetKey>>;
type IsSignedBy = (key: Key) => Promise<boolean>;

/** The public keys of an issuer. Times are monotonic milliseconds. */
export class IssuerKeys {
  private readonly document: KeyDocument;
  private current: KeySet | undefined;
  private loadedAtMs: number | undefined;
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
    return this.areGood ? this.current : undefined;
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
   * Verifies a token with its key. An unknown key may be new, so it causes a load, at most once in
   * 30 s. Returns the keys that verified it, as in `version`.
   * @throws {IssuerTokenRefused} the issuer has no such key, or the signature is wrong
   * @throws {IssuerUnavailable} the key may be new, but cannot be loaded now
   */
  async verify(header: Header, isSignedBy: IsSignedBy): Promise<object> {
    const known = await this.verifiedBy(header, isSignedBy);
    if (known) return known;
    if (this.loading) {
      const isLoaded = await this.loading;
      const loaded = await this.verifiedBy(header, isSignedBy);
      if (loaded) return loaded;
      if (!isLoaded) throw unavailableFor(FIRST_RETRY_MS);
    }
    if (this.issuer.jwks) throw await this.refusalOf(header, refused('key_unknown'));
    // A load that is under way here began after the request, so it brings every key that is new.
    if (!this.loading) {
      const rest = this.pauseEndsAt - performance.now();
      if (rest > 0) throw unavailableFor(rest);
      this.pauseEndsAt = performance.now() + PAUSE_MS;
    }
    if (!(await this.load())) {
      // Not sooner, so that unknown key ids cause at most one request in 30 s.
      this.dueAt = Math.min(this.dueAt, this.pauseEndsAt);
      throw unavailableFor(PAUSE_MS);
    }
    const fresh = await this.verifiedBy(header, isSignedBy);
    if (!fresh) throw await this.refusalOf(header, refused('key_unknown'));
    return fresh;
  }

  /** @throws {IssuerTokenRefused} the key is known, and the signature is wrong */
  private async verifiedBy(header: Header, isSignedBy: IsSignedBy): Promise<object | undefined> {
    // A load can replace the keys while the signature is verified.
    const { version } = this;
    const keys = await this.findKnown(header);
    for (const key of keys) if (await isSignedBy(key)) return version;
    // Without a key id, a key that is not known yet may have signed the token.
    if (keys.length > 0 && header.kid !== undefined) throw refused('signature');
    return undefined;
  }

  /** A token without a key id is refused by its signature if there are keys that fit to it. */
  private async refusalOf(header: Header, unknown: Error): Promise<Error> {
    return (await this.findKnown(header)).length > 0 ? refused('signature') : unknown;
  }

  /** Several keys may fit to a token without a key id. */
  private async findKnown(header: Header): Promise<Key[]> {
    if (!this.areGood || !this.current) return [];
    try {
      // The second parameter is for key sets that read the token itself.
      return [await this.current.find(header, { payload: '', signature: '' })];
    } catch (error) {
      // Otherwise there is no key, or a key that cannot be imported.
      return severalIn(error);
    }
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
    this.loadedAtMs = performance.now();
    // The same keys stay the same object, so that tokens are not verified again.
    if (result.text !== this.current?.text) this.current = result;
    return true;
  }
}

function unavailableFor(milliseconds: number): IssuerUnavailable {
  return new IssuerUnavailable(undefined, { retryAfter: milliseconds / 1000 });
}

async function severalIn(error: unknown): Promise<Key[]> {
  if (!(error instanceof Error && Symbol.asyncIterator in error)) return [];
  const keys: Key[] = [];
  for await (const key of error as AsyncIterable<Key>)
    if (keys.push(key) === MOST_KEYS_OF_A_TOKEN) break;
  return keys;
}
