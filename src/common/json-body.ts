import { MalformedJson, InvalidRequest } from './problems.js';

const MAX_DEPTH = 32;
const MAX_MEMBERS = 100;

/** NUL, which Postgres cannot store, and half surrogate pairs, which UTF-8 cannot. */
export function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}

/** How deep the arrays and objects of a JSON text are nested, found without parsing it. */
function depthOf(json: string): number {
  let depth = 0;
  let deepest = 0;
  let quoted = false;
  for (let index = 0; index < json.length; index += 1) {
    const character = json[index];
    if (character === '"') quoted = !quoted;
    else if (quoted && character === '\\') index += 1;
    else if (!quoted && (character === '{' || character === '[')) {
      depth += 1;
      deepest = Math.max(deepest, depth);
    } else if (!quoted && (character === '}' || character === ']')) depth -= 1;
  }
  return deepest;
}

function refuse(path: readonly string[], detail: string): never {
  const pointer = path
    .map((step) => `/${step.replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
  throw new InvalidRequest('The body has a text or a name that cannot be stored: remove it.', {
    errors: [{ pointer, detail }],
  });
}

function checkTexts(value: unknown, path: readonly string[]): number {
  if (typeof value === 'string' && !isStorable(value))
    refuse(path, 'must not contain NUL or half a surrogate pair');
  if (typeof value !== 'object' || value === null) return 0;
  let members = 0;
  for (const [key, child] of Object.entries(value)) {
    if (!isStorable(key) || key === '__proto__') refuse(path, 'has a field with a forbidden name');
    members += 1 + checkTexts(child, [...path, key]);
  }
  return members;
}

/**
 * Parses the body of a request; `undefined` for an empty one.
 * @throws {MalformedJson} if it is no JSON
 * @throws {InvalidRequest} if it is nested deeper than 32 levels, has more than 100 members, or a
 *   text that cannot be stored
 */
export function parseJsonBody(text: string): unknown {
  if (text.trim() === '') return undefined;
  if (depthOf(text) > MAX_DEPTH)
    throw new InvalidRequest(
      `The body is nested deeper than ${MAX_DEPTH} levels: make it flatter.`,
    );
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new MalformedJson();
  }
  if (checkTexts(value, []) > MAX_MEMBERS)
    throw new InvalidRequest(`The body has more than ${MAX_MEMBERS} fields: send fewer.`);
  return value;
}
