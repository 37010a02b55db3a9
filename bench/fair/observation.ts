/** The response times of a kind of request, in milliseconds. */
export interface Times {
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}

/** The results of a phase, by kind of request. */
export class Observation {
  private readonly times = new Map<string, number[]>();
  /** By the code of the problem; `no answer` if there was no answer. */
  readonly refusals = new Map<string, number>();

  note(kind: string, milliseconds: number): void {
    const known = this.times.get(kind);
    if (known) known.push(milliseconds);
    else this.times.set(kind, [milliseconds]);
  }

  /** Records a refusal; its response time counts like that of an answer. */
  miss(kind: string, milliseconds: number, code: string): void {
    this.note(kind, milliseconds);
    const key = `${kind}: ${code}`;
    this.refusals.set(key, (this.refusals.get(key) ?? 0) + 1);
  }

  get kinds(): string[] {
    return [...this.times.keys()];
  }

  get refused(): number {
    return [...this.refusals.values()].reduce((sum, count) => sum + count, 0);
  }

  of(kind: string): Times {
    const sorted = (this.times.get(kind) ?? []).toSorted((a, b) => a - b);
    const at = (part: number) => sorted[Math.ceil(sorted.length * part) - 1] ?? Number.NaN;
    return { count: sorted.length, p50: at(0.5), p95: at(0.95), max: at(1) };
  }
}
