import { Writable } from 'node:stream';
import { type Logger, pino } from 'pino';

/** A log in memory, with one line of JSON per entry. */
export class MemoryLog {
  private readonly written: string[] = [];
  readonly logger: Logger = pino(
    { base: null, level: 'trace' },
    new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        this.written.push(chunk.toString());
        done();
      },
    }),
  );

  get text(): string {
    return this.written.join('');
  }

  /** Returns the entries that contain this text. */
  linesWith(text: string): string[] {
    return this.text.split('\n').filter((line) => line.includes(text));
  }
}
