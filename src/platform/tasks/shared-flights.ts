interface Flight<Result> {
  running: Promise<Result>;
  /** Begins when the running work has ended; undefined if nobody waits. */
  next: Promise<Result> | undefined;
}

/**
 * Lets concurrent requests with the same key share work and its outcome. Requests share only work
 * that has not begun when they arrive, so that each result reflects all that was done before.
 */
export class SharedFlights<Result> {
  private readonly flights = new Map<string, Flight<Result>>();

  run(key: string, work: () => Promise<Result>): Promise<Result> {
    const flight = this.flights.get(key);
    if (!flight) return this.begin(key, work);
    return (flight.next ??= settled(flight.running).then(() => this.begin(key, work)));
  }

  private begin(key: string, work: () => Promise<Result>): Promise<Result> {
    const flight: Flight<Result> = { running: work(), next: undefined };
    this.flights.set(key, flight);
    const end = () => {
      if (flight.next === undefined) this.flights.delete(key);
    };
    flight.running.then(end, end);
    return flight.running;
  }
}

async function settled(promise: Promise<unknown>): Promise<void> {
  await promise.catch(() => undefined);
}
