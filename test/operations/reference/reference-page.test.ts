import { describe, expect, it } from 'vitest';
import { useApp } from '../../support/app.js';
import '../../support/expect-problem.js';

const server = useApp();
describe('the page at /docs', () => {
  it('the page runs only the server’s own scripts, and loads nothing from elsewhere', async () => {
    const { status, headers, body } = await server.anyone.get<string>('/docs');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none';script-src 'self';");
    expect(policy).not.toMatch(/unsafe-eval|https?:|\*/);
    expect(body).not.toMatch(/https?:|\/\/|<script>|<style| on\w+=/);
  });

  it('all parts of the page come from this server', async () => {
    const { body } = await server.anyone.get<string>('/docs');
    const parts = [...body.matchAll(/(?:src|href)="(?!data:)([^"]+)"/g)].map(([, part]) => part);
    expect(parts).toEqual(['docs/swagger-ui.css', 'docs/swagger-ui-bundle.js', 'docs/start.js']);
    for (const part of parts) {
      const { status, headers, body } = await server.anyone.get<string>(`/${part}`);
      expect([part, status]).toEqual([part, 200]);
      expect(headers.get('content-type')).toMatch(/^text\/(css|javascript); charset=utf-8$/);
      expect(headers.get('cache-control')).toBe('public, max-age=3600');
      expect(body.length).toBeGreaterThan(100);
    }
  });

  it.each(['index.html', 'package.json', '..%2fpackage.json', '%2e%2e', 'constructor', 'a.map'])(
    'no other file can be read below the page: %s',
    async (file) => {
      expect(await server.anyone.get(`/docs/${file}`)).toBeProblem(404, 'not_found');
    },
  );
});
