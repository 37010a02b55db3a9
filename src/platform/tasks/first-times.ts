/**
 * Detects what comes for the first time, so that it is logged once. Texts that callers choose are
 * bounded: after this many different texts, no further text counts as the first.
 */
export class FirstTimes {
  private readonly seen = new Set<string>();

  constructor(private readonly most: number) {}

  isFirst(text: string): boolean {
    if (this.seen.size >= this.most || this.seen.has(text)) return false;
    this.seen.add(text);
    return true;
  }
}
