import { isUtf8 } from 'node:buffer';
import { limitsOf, USUAL_BODY } from './body-limits.js';
import {
  InvalidRequest,
  MalformedJson,
  CharsetNotUtf8,
  BodyNotUtf8,
  ByteOrderMark,
  UnstorableText,
} from './problems.js';
import type { Request } from './request.js';

const JSON_TYPE = /^\s*application\/(?:merge-patch\+)?json\s*(?:;|$)/i;
const CHARSETS = /;\s*charset\s*=\s*("[^"]*"|[^;]*)/gi;

const MAX_DEPTH = 32;

/** False for NUL, which Postgres cannot store, and half surrogate pairs, which UTF-8 cannot. */
export function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}

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
  throw new UnstorableText({
    errors: [{ pointer, detail }],
  });
}

function checkValues(value: unknown, path: readonly string[]): number {
  if (typeof value === 'string' && !isStorable(value))
    refuse(path, 'must not contain NUL or half a surrogate pair');
  // For example 1e400: JSON can express it, JavaScript cannot, and it would become null.
  if (typeof value === 'number' && !Number.isFinite(value)) refuse(path, 'is too large a number');
  if (typeof value !== 'object' || value === null) return 0;
  let members = 0;
  for (const [key, child] of Object.entries(value)) {
    if (!isStorable(key) || key === '__proto__') refuse(path, 'has a field with a forbidden name');
    members += 1 + checkValues(child, [...path, key]);
  }
  return members;
}

export function isJson(contentType: string | undefined): boolean {
  return contentType !== undefined && JSON_TYPE.test(contentType);
}

/** Bodies are read as UTF-8, so another charset would change them. @throws {CharsetNotUtf8} */
function refuseCharset(contentType: string): void {
  for (const [, charset = ''] of contentType.matchAll(CHARSETS))
    if (!/^"?utf-?8"?$/i.test(charset.trim())) throw new CharsetNotUtf8();
}

/**
 * Parses a body. Invalid UTF-8 is refused: a decoder would replace it, and so change passwords.
 * @throws {UnsupportedMediaType | MalformedJson | InvalidRequest}
 */
export function readJsonBody(bytes: Buffer, request: Request): unknown {
  if (bytes.length === 0) return undefined;
  refuseCharset(request.headers['content-type'] ?? '');
  if (!isUtf8(bytes)) throw new BodyNotUtf8();
  const text = bytes.toString();
  if (text.startsWith('\ufeff')) throw new ByteOrderMark();
  return parseJsonBody(text, request);
}

/**
 * Returns `undefined` for a text of blanks. Without a request, the usual limits apply.
 * @throws {MalformedJson | InvalidRequest}
 */
export function parseJsonBody(text: string, request?: Request): unknown {
  if (/^[\t\n\r ]*$/.test(text)) return undefined;
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
  refuseFields(checkValues(value, []), request);
  return value;
}

/** Looks the limits of the route up only for a body that the usual limits refuse. */
function refuseFields(count: number, request: Request | undefined): void {
  if (count <= USUAL_BODY.fields) return;
  const { fields } = request ? limitsOf(request) : USUAL_BODY;
  if (count > fields)
    throw new InvalidRequest(`The body has more than ${fields} fields: send fewer.`);
}
