import type { EncryptionContext } from './keyring.js';
import {
  idempotentAnswerContext,
  roomTokenContext,
  serverKeyContext,
} from './encryption-contexts.js';

/** A row to encrypt again: its primary key, the columns of its context, and the ciphertext. */
export type EncryptedRow = Readonly<Record<string, unknown>> & { readonly bytes: Buffer };

export interface EncryptedColumn {
  readonly table: 'server_keys' | 'room_tokens' | 'idempotency_marks';
  /** The column of the ciphertext; null in rows without a secret. */
  readonly secret: string;
  readonly keyId: string;
  /** The primary key: its columns, their types, and a value that sorts before all others. */
  readonly id: readonly (readonly [column: string, type: string, least: unknown])[];
  readonly also: readonly string[];
  readonly contextOf: (row: EncryptedRow) => EncryptionContext;
}

const LEAST_UUID = '00000000-0000-0000-0000-000000000000';

/** All encrypted columns; each needs an index on its key id, followed by the primary key. */
export const encryptedColumns: readonly EncryptedColumn[] = [
  {
    table: 'server_keys',
    secret: 'secret',
    keyId: 'secret_key_id',
    id: [['id', 'uuid', LEAST_UUID]],
    also: ['purpose'],
    contextOf: ({ purpose, id }) => serverKeyContext(purpose as string, id as string),
  },
  {
    table: 'room_tokens',
    secret: 'token',
    keyId: 'token_key_id',
    id: [['room_id', 'uuid', LEAST_UUID]],
    also: ['generation'],
    contextOf: ({ room_id, generation }) =>
      roomTokenContext(room_id as string, generation as number),
  },
  {
    table: 'idempotency_marks',
    secret: 'answer',
    keyId: 'answer_key_id',
    id: [
      ['user_id', 'uuid', LEAST_UUID],
      ['mark', 'bytea', Buffer.alloc(0)],
    ],
    also: [],
    contextOf: ({ mark }) => idempotentAnswerContext(mark as Buffer),
  },
];
