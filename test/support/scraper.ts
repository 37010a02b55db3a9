import { MetricsServer } from '../../src/operations/metrics/metrics.server.js';
import type { TestApp } from './app.js';
import { type Family, parseExposition } from './exposition.js';

type Labels = Readonly<Record<string, string>>;

const identityOf = (labels: Labels) =>
  JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => a.localeCompare(b)));

/** The metrics of a server, as Prometheus would see them. */
export class Scraper {
  /** @param origin empty if the server has no metrics port */
  constructor(readonly origin: string) {}

  async text(): Promise<string> {
    const response = await fetch(`${this.origin}/metrics`);
    const type = response.headers.get('content-type') ?? '';
    if (response.status !== 200 || !type.startsWith('text/plain; version=0.0.4'))
      throw new Error(`no metrics: ${response.status} ${type}`);
    return response.text();
  }

  async scrape(): Promise<Map<string, Family>> {
    return parseExposition(await this.text());
  }

  /** Returns the value of `latchkey_<name>` with exactly these labels; undefined if there is none. */
  async valueOf(name: string, labels: Labels = {}): Promise<number | undefined> {
    const families = [...(await this.scrape()).values()];
    return families
      .flatMap(({ samples }) => samples)
      .find(
        (each) =>
          each.name === `latchkey_${name}` && identityOf(each.labels) === identityOf(labels),
      )?.value;
  }
}

export function scraperOf({ app }: TestApp): Scraper {
  return new Scraper(app.get(MetricsServer, { strict: false }).address ?? '');
}
