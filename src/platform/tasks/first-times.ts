/**
 * Tells what comes for the first time, so that it is logged once. What callers choose is bounded:
 * when so many different texts have come, no other counts any more.
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
