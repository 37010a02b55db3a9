import type { FastifyInstance } from 'fastify';
import type { Answers } from './returns.js';

/**
 * Passes every answer through the schema that its route declares with `@Returns`: undeclared fields
 * are removed, and an undeclared status is an error. It is a Fastify hook because an interceptor of
 * Nest would add a tenth to the time of a join.
 */
export function filterAnswers(instance: FastifyInstance): void {
  instance.addHook('preSerialization', (request, reply, payload, done) => {
    const { answers } = request.routeOptions.config as { answers?: Answers };
    const schema = answers?.[reply.statusCode];
    if (schema) {
      const result = schema.safeParse(payload);
      if (result.success) return done(null, result.data);
      // Only the places are reported, because the values may be secret.
      const places = result.error.issues.map(({ path, code }) => `${path.join('.')}: ${code}`);
      return done(new TypeError(`The answer breaks its schema at ${places.join(', ')}`));
    }
    const isOurs = answers !== undefined && reply.statusCode < 400;
    if (isOurs) return done(new TypeError(`The status ${reply.statusCode} is not declared`));
    done(null, payload);
  });
}
