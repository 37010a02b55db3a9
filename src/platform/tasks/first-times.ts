/** Detects first times, to log once; bounded, because callers choose the texts. */
export class FirstTimes {
  private readonly seen = new Set<string>();

  constructor(private readonly most: number) {}

  isFirst(text: string): boolean {
    if (this.seen.size >= this.most || this.seen.has(text)) return false;
    this.seen.add(text);
    return true;
  }
}
