import { describe, expect, it } from 'vitest';
import { SharedFlights } from './shared-flights.js';

/** Work that ends by hand; `begun` counts how often it began. */
class Manual {
  begun = 0;
  private readonly ends: { resolve: (result: number) => void; reject: (error: Error) => void }[] =
    [];

  readonly work = (): Promise<number> => {
    this.begun += 1;
    return new Promise((resolve, reject) => this.ends.push({ resolve, reject }));
  };

  end(result: number): void {
    this.ends.shift()?.resolve(result);
  }

  fail(message: string): void {
    this.ends.shift()?.reject(new Error(message));
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('shared flights', () => {
  it('requests that arrive during work share the next work', async () => {
    const flights = new SharedFlights<number>();
    const manual = new Manual();
    const results = Array.from({ length: 5 }, () => flights.run('a', manual.work));
    expect(manual.begun).toBe(1);
    manual.end(1);
    await turn();
    expect(manual.begun).toBe(2);
    manual.end(2);
    expect(await Promise.all(results)).toEqual([1, 2, 2, 2, 2]);
  });

  it('a request that arrives after the next work has begun waits for a third', async () => {
    const flights = new SharedFlights<number>();
    const manual = new Manual();
    const first = flights.run('a', manual.work);
    const second = flights.run('a', manual.work);
    manual.end(1);
    await turn();
    const third = flights.run('a', manual.work);
    manual.end(2);
    await turn();
    expect(manual.begun).toBe(3);
    manual.end(3);
    expect(await Promise.all([first, second, third])).toEqual([1, 2, 3]);
  });

  it('requests with other keys share nothing', () => {
    const flights = new SharedFlights<number>();
    const manual = new Manual();
    for (const key of ['a', 'b', 'c']) void flights.run(key, manual.work);
    expect(manual.begun).toBe(3);
  });

  it('a failure concerns only the requests of that work', async () => {
    const flights = new SharedFlights<number>();
    const manual = new Manual();
    const first = flights.run('a', manual.work);
    const second = flights.run('a', manual.work);
    manual.fail('refused');
    await expect(first).rejects.toThrow('refused');
    await turn();
    manual.end(2);
    expect(await second).toBe(2);
    await turn();
    void flights.run('a', manual.work);
    expect(manual.begun).toBe(3);
  });
});
