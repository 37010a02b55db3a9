import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/platform/config/config.js';
import { startApp } from '../../support/app.js';
import { testEnvironment } from '../../support/config.js';
import { scraperOf } from '../../support/scraper.js';

describe('METRICS_PORT', () => {
  it('the metrics port is off unless it is configured, and closes with the server', async () => {
    const plain = await startApp();
    expect(scraperOf(plain).origin).toBe('');
    await plain.stop();
    const other = await startApp({ METRICS_PORT: '0' });
    const scraper = scraperOf(other);
    expect((await scraper.scrape()).size).toBeGreaterThan(40);
    await other.stop();
    await expect(scraper.scrape()).rejects.toThrow('fetch failed');
  });

  it('METRICS_PORT takes a port or off, and not the public port', () => {
    const read = (METRICS_PORT: string) =>
      readConfig({ ...testEnvironment, PORT: '3000', METRICS_PORT });
    expect(read('9464').METRICS_PORT).toBe(9464);
    expect(read('off').METRICS_PORT).toBe('off');
    expect(readConfig(testEnvironment).METRICS_PORT).toBe('off');
    for (const wrong of ['on', '-1', '65536', '1.5'])
      expect(() => read(wrong)).toThrow('METRICS_PORT: ');
    expect(() => read('3000')).toThrow('METRICS_PORT: must differ from PORT');
  });
});
