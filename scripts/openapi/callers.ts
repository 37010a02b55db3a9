import type { AccessLevel } from '../../src/platform/access/access.decorator.js';

/** The extensions of an operation that `@Access` and `@WithTemporaryPassword` leave. */
type Declared = Readonly<Record<`x-${string}`, unknown>>;

const CALLERS: Readonly<Record<AccessLevel, string>> = {
  anyone: 'anyone, without signing in',
  'signed-in': 'signed-in users',
  room: 'signed-in users that the room admits',
  host: 'hosts of the room and administrators',
  admin: 'administrators',
  key: 'API keys',
};

/** “Allowed callers: hosts of the room and administrators.”, from what the route declares. */
export function whoMayCall(operation: Declared): string {
  const level = operation['x-access'] as AccessLevel;
  const guests =
    level !== 'signed-in' && level !== 'room'
      ? ''
      : operation['x-guests'] === true
        ? ', guests included'
        : ' except guests';
  const password =
    operation['x-with-temporary-password'] === true ? '; a temporary password is enough' : '';
  const scope = operation['x-scope'];
  const keys =
    typeof scope !== 'string'
      ? ''
      : level === 'key'
        ? ` with the scope \`${scope}\``
        : `; API keys with the scope \`${scope}\``;
  return `Allowed callers: ${CALLERS[level]}${guests}${password}${keys}.`;
}
