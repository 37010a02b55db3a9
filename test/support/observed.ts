import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { describeApi } from '../../scripts/openapi/document.js';
import { Contract, type OpenApi } from './openapi.js';

/** Methods of Latchkey's routes; Fastify adds HEAD, and answers OPTIONS before any route. */
const OURS = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);

function codeOf(payload: unknown): string {
  const found = typeof payload === 'string' ? /"code":"(\w+)","requestId"/.exec(payload) : null;
  return found?.[1] ?? '';
}

/**
 * Observes which route answers with which status and which code.
 * @returns a function that lists the answers that the reference does not declare
 */
export function observeAnswers(app: NestFastifyApplication): () => string[] {
  const seen = new Set<string>();
  const instance = app.getHttpAdapter().getInstance();
  instance.addHook('onSend', (request, reply, payload, done) => {
    const { url } = request.routeOptions;
    if (url !== undefined && !request.is404 && OURS.has(request.method)) {
      const path = url.replaceAll(/:(\w+)/g, '{$1}');
      const code = reply.statusCode < 400 ? '' : codeOf(payload);
      seen.add(`${request.method} ${path} ${reply.statusCode} ${code}`);
    }
    done();
  });
  return () => {
    if (seen.size === 0) return [];
    const contract = new Contract(structuredClone(describeApi(app)) as unknown as OpenApi);
    return [...seen].filter((line) => {
      const [method, path, status = '', code = ''] = line.split(' ');
      const response = contract.responseOf(contract.endpoint(`${method} ${path}`), status);
      const codes = response?.content?.['application/problem+json']?.examples;
      return !response || (code !== '' && !Object.hasOwn(codes ?? {}, code));
    });
  };
}
