import { runInNewContext } from 'node:vm';
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

interface Parameter {
  readonly required?: boolean;
  readonly description: string;
  readonly example?: string;
}
interface Document {
  readonly paths: Record<string, Record<string, { readonly parameters: readonly Parameter[] }>>;
}
/** The changes that the script of the page makes to Swagger UI. */
interface Plugin {
  readonly statePlugins: {
    spec: {
      wrapActions: { updateJsonSpec: (update: (document: Document) => void) => typeof update };
    };
  };
  readonly wrapComponents: {
    OperationSummaryPath: (path: string, system: object) => (props: object) => unknown[];
  };
}
interface Options {
  readonly url: string;
  readonly persistAuthorization: boolean;
  readonly plugins: readonly (() => Plugin)[];
}

/** The options that the page starts Swagger UI with. */
async function optionsOfPage(): Promise<Options> {
  const { body } = await server.anyone.get<string>('/docs/start.js');
  const started: Options[] = [];
  runInNewContext(body, {
    URL,
    document: { currentScript: { src: 'https://api.example.org/latchkey/docs/start.js' } },
    SwaggerUIBundle: (options: Options) => started.push(options),
  });
  return started[0] as Options;
}

describe('the script of the page', () => {
  it('the script reads the document beside the page, and keeps the token over a reload', async () => {
    expect(await optionsOfPage()).toMatchObject({
      url: 'https://api.example.org/latchkey/openapi.json',
      persistAuthorization: true,
    });
  });

  it('the script shows the access level of each operation behind its path', async () => {
    const { plugins } = await optionsOfPage();
    const { OperationSummaryPath: wrap } = plugins[0]?.().wrapComponents ?? {};
    const React = { createElement: (...parts: unknown[]) => parts, Fragment: 'all of' };
    const level = (path: readonly string[]) => `level of ${path.join(' ')}`;
    const specSelectors = { specJson: () => ({ getIn: level }) };
    const specPath = { push: (name: string) => ['paths', '/v1/me', 'get', name] };
    const shown = wrap?.('the path', { React, specSelectors })({ specPath });
    expect(JSON.stringify(shown)).toMatch(/"the path".+"level of paths \/v1\/me get x-access"/);
  });

  it('the script leaves optional parameters empty, and shows their examples in words', async () => {
    const { plugins } = await optionsOfPage();
    const given: Document[] = [];
    const update = plugins[0]?.().statePlugins.spec.wrapActions.updateJsonSpec;
    const room = { required: true, description: 'The room.', example: 'demo' };
    const search = { description: 'A part of the name.', example: 'Demo' };
    update?.((document) => given.push(document))({
      paths: { '/v1/rooms/{room}': { get: { parameters: [room, search] } } },
    });
    expect(given[0]?.paths['/v1/rooms/{room}']?.['get']?.parameters).toEqual([
      { required: true, description: 'The room.', example: 'demo' },
      { description: 'A part of the name. Example: `Demo`' },
    ]);
  });
});
