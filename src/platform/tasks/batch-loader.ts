interface Question<Answer, Key> {
  readonly key: Key;
  resolve(answer: Answer | undefined): void;
  reject(error: unknown): void;
}

/** A question never joins a batch that was sent before it: the answer would be older. */
export class BatchLoader<Answer, Key = string> {
  private questions: Question<Answer, Key>[] = [];
  private underWay = 0;
  private isDue = false;

  /** @param ask answers many keys at once; its answer omits unknown keys */
  constructor(
    private readonly ask: (keys: Key[]) => Promise<ReadonlyMap<Key, Answer>>,
    private readonly atOnce: number,
    private readonly most: number,
  ) {}

  get(key: Key): Promise<Answer | undefined> {
    return new Promise((resolve, reject) => {
      this.questions.push({ key, resolve, reject });
      if (this.isDue) return;
      this.isDue = true;
      // After everything that the event loop has read in this iteration.
      setImmediate(() => {
        this.isDue = false;
        this.send();
      });
    });
  }

  private send(): void {
    while (this.questions.length > 0 && this.underWay < this.atOnce) void this.answer(this.take());
  }

  private take(): Question<Answer, Key>[] {
    const keys = new Set<Key>();
    const taken: Question<Answer, Key>[] = [];
    const left: Question<Answer, Key>[] = [];
    for (const question of this.questions) {
      const isTaken = keys.size < this.most || keys.has(question.key);
      if (isTaken) keys.add(question.key);
      (isTaken ? taken : left).push(question);
    }
    this.questions = left;
    return taken;
  }

  private async answer(questions: Question<Answer, Key>[]): Promise<void> {
    this.underWay += 1;
    try {
      const answers = await this.ask([...new Set(questions.map(({ key }) => key))]);
      for (const question of questions) question.resolve(answers.get(question.key));
    } catch (error) {
      for (const question of questions) question.reject(error);
    } finally {
      this.underWay -= 1;
      this.send();
    }
  }
}
