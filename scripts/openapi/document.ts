import { readFileSync } from 'node:fs';
import type { INestApplication } from '@nestjs/common';
import * as swagger from '@nestjs/swagger';
import type { AccessLevel } from '../../src/platform/access/access.decorator.js';
import { describeWith } from '../../src/platform/http/documented.js';
import { REFUSAL } from '../../src/platform/http/refuses.js';
import { STREAM } from '../../src/platform/http/returns.js';
import { whoMayCall } from './callers.js';
import { Examples, type Shape } from './examples.js';
import { toJsonSchema } from './json-schema.js';
import { answersFor, ProblemBody, type Responses } from './problem-answers.js';
import { refusalsOf, ROUTELESS } from './refusals.js';

const DESCRIPTION = `Latchkey signs users in, decides which rooms they may enter, and hands out the token of a room.

Sign in, join a room, connect the SDK with the token of the answer, and join again whenever the room
moves to another generation. The examples work in the sandbox (\`npm run sandbox\`) as they stand, except
for tokens, codes and ids that you have created: replace these with the values of earlier answers.
Sign in as Ann with \`POST /v1/auth/login\`, press *Authorize*, and paste the \`accessToken\`. The
sandbox shows the administrator's password and an API key when it starts; paste the key to act as a
backend.

Errors are \`application/problem+json\` (RFC 9457), and their \`code\` is stable. Times are RFC 3339 UTC,
durations are seconds. A body with an unknown field is refused. \`x-access\` is the access level of an
operation: \`anyone\`, \`signed-in\`, \`room\` (the room decides), \`host\`, \`admin\` or \`key\` (API keys only).
\`x-scope\` is the scope that an API key needs; an operation without it refuses every API key.`;

interface Media {
  schema?: Shape;
  example?: unknown;
  examples?: unknown;
}
type Content = Record<string, Media>;
interface Operation {
  operationId: string;
  description?: string;
  parameters?: { in: string; name: string; schema?: Shape; example?: unknown }[];
  requestBody?: { required?: boolean; content: Content };
  responses: Record<string, { description?: string; content?: Content }>;
  tags?: string[];
  [extension: `x-${string}`]: unknown;
}

function frame(): Omit<swagger.OpenAPIObject, 'paths'> {
  // Beside the document, wherever this file was compiled to.
  const file = new URL('package.json', import.meta.resolve('#openapi.json'));
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string };
  const built = new swagger.DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Latchkey')
    .setDescription(DESCRIPTION)
    .setVersion(version)
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addServer('/')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' })
    .build();
  return built;
}

const ANSWERS: Readonly<Record<string, string>> = {
  200: 'OK',
  201: 'Created',
  202: 'Accepted',
  204: 'No content',
  503: 'Not ready',
};

function completeBody(method: string, operation: Operation, examples: Examples): void {
  const { operationId, requestBody } = operation;
  if (!requestBody) return;
  const { content } = requestBody;
  const media = content['application/json'];
  if (!media?.schema) return;
  media.example = examples.ofBody(operationId, media.schema);
  // A body without any required field may be left out.
  requestBody.required = examples.isRequired(media.schema);
  if (method === 'patch') content['application/merge-patch+json'] = { ...media };
}

function complete(method: string, operation: Operation, examples: Examples, shared: Responses) {
  operation.description = [operation.description, whoMayCall(operation)].join('\n\n');
  completeBody(method, operation, examples);
  for (const [status, answer] of Object.entries(operation.responses)) {
    answer.description ||= ANSWERS[status] ?? '';
    for (const media of Object.values(answer.content ?? {}))
      if (media.schema && media.example === undefined)
        media.example = examples.ofAnswer(operation.operationId, status, media.schema);
  }
  const { [STREAM]: stream } = operation;
  if (stream !== undefined) {
    const content = { ...operation.responses[200]?.content };
    content['text/event-stream'] = { schema: { type: 'string' }, example: stream };
    operation.responses[200] = { ...operation.responses[200], content };
    delete operation[STREAM];
  }
  const { operationId, parameters = [] } = operation;
  for (const each of parameters) {
    const { description, ...schema } = each.schema ?? {};
    Object.assign(each, { schema }, description !== undefined && { description });
    each.example ??= examples.ofParameter(operationId, each.name, schema);
  }
  const inPath = parameters.filter((each) => each.in === 'path');
  const kinds = refusalsOf({
    method,
    access: operation['x-access'] as AccessLevel,
    isOpenToGuests: operation['x-guests'] === true,
    pathParameters: inPath.map(({ name }) => name),
    extensions: { ...operation },
  });
  const answers = answersFor(kinds, shared);
  operation.responses = { ...answers, ...operation.responses } as Operation['responses'];
  for (const name of Object.keys(operation))
    if (name.startsWith(REFUSAL)) delete operation[name as `x-${string}`];
}

/** Returns the OpenAPI 3.1 document of everything that the app's controllers declare. */
export function describeApi(app: INestApplication): swagger.OpenAPIObject {
  describeWith(swagger);
  const document = swagger.SwaggerModule.createDocument(app, frame(), {
    standardSchemaConverter: toJsonSchema,
  });
  const schemas = (document.components?.schemas ?? {}) as Record<string, Shape>;
  Object.assign(schemas, toJsonSchema(ProblemBody, { schemaType: 'output' })?.components);
  const examples = new Examples(schemas);
  const shared: Responses = {};
  answersFor(ROUTELESS, shared);
  const tags = new Set<string>();
  for (const item of Object.values(document.paths))
    for (const [method, operation] of Object.entries(item as Record<string, Operation>)) {
      complete(method, operation, examples, shared);
      for (const tag of operation.tags ?? []) tags.add(tag);
    }
  document.tags = [...tags].map((name) => ({ name }));
  document.components = { ...document.components, responses: shared };
  return document;
}
