import { Injectable, Logger } from '@nestjs/common';
import { Every } from '../tasks/every.decorator.js';
import { type EncryptedColumn, encryptedColumns, type EncryptedRow } from './encrypted-columns.js';
import { BATCH, EncryptedRowsRepository, type Resealed } from './encrypted-rows.repository.js';
import { FirstKeysRepository } from './first-keys.repository.js';
import { type KeyInUse, KeyUses } from './key-uses.service.js';
import { Keyring, Unreadable } from './keyring.js';

const TURN_MS = 1_000;
/** How long undecryptable rows are left alone before they are tried again. */
const REST_MS = 60_000;

interface Pass {
  after?: readonly unknown[];
  unreadable: number;
  restsUntil: number;
  toldOf: number;
}

/** Re-encrypts everything under the first key, and logs when another key is not needed any more. */
@Injectable()
export class ReEncryption {
  private readonly logger = new Logger('ReEncryption');
  private readonly passes = new Map<string, Pass>();
  private readonly told = new Set<string>();

  constructor(
    private readonly keyring: Keyring,
    private readonly uses: KeyUses,
    private readonly firstKeys: FirstKeysRepository,
    private readonly rows: EncryptedRowsRepository,
  ) {}

  /** From now on, the replicas with this first key do the work. */
  begin(): Promise<void> {
    return this.firstKeys.putFirst(this.first);
  }

  @Every('3 s', 'encrypt again')
  async goOn(): Promise<void> {
    if (!(await this.firstKeys.noteWriting(this.first))) return;
    const used = await this.uses.findInUse();
    const old = used.filter(({ keyId }) => keyId !== this.first);
    await this.tellOfUnused(used);
    const known = old.filter((use) => this.keyring.keyIds.includes(use.keyId));
    const open = known.filter((use) => this.passOf(use).restsUntil <= performance.now());
    if (open.length === 0 || !(await this.firstKeys.takeTurn(this.first))) return;
    try {
      await this.firstKeys.remember(open.map(({ keyId }) => keyId));
      await this.takeTurn(open);
    } finally {
      await this.firstKeys.endTurn(this.first);
    }
  }

  private get first(): string {
    return this.keyring.keyIds[0] ?? '';
  }

  private async takeTurn(open: readonly KeyInUse[]): Promise<void> {
    const endsAt = performance.now() + TURN_MS;
    for (const use of open) {
      const column = encryptedColumns.find(({ table }) => table === use.table);
      let isThrough = column === undefined;
      while (column && !isThrough && performance.now() < endsAt)
        isThrough = await this.encryptBatch(column, use);
    }
  }

  private async encryptBatch(column: EncryptedColumn, use: KeyInUse): Promise<boolean> {
    const { table, keyId } = use;
    const pass = this.passOf(use);
    const found = await this.rows.findUnder(column, keyId, pass.after);
    const resealed = found.flatMap((row) => this.reseal(column, keyId, row));
    const stored = resealed.length > 0 ? await this.rows.store(column, this.first, resealed) : 0;
    this.logger.debug({ table, keyId, rows: stored }, 'encrypted rows under the first key');
    pass.unreadable += found.length - resealed.length;
    const last = found.at(-1);
    if (last && found.length === BATCH) {
      pass.after = column.id.map(([name]) => last[name]);
      return false;
    }
    const { unreadable, toldOf } = pass;
    // The next pass finds rows that were written under this key in the meantime.
    this.passes.set(nameOf(use), {
      unreadable: 0,
      restsUntil: unreadable > 0 ? performance.now() + REST_MS : 0,
      toldOf: unreadable,
    });
    if (unreadable > 0 && unreadable !== toldOf)
      this.logger.error(
        { table, keyId, rows: unreadable },
        'rows cannot be decrypted; they are left unchanged',
      );
    return true;
  }

  private reseal(column: EncryptedColumn, keyId: string, row: EncryptedRow): Resealed[] {
    const context = column.contextOf(row);
    try {
      const secret = this.keyring.open(context, { keyId, bytes: row.bytes });
      return [{ row, sealed: this.keyring.seal(context, secret) }];
    } catch (error) {
      if (error instanceof Unreadable) return [];
      throw error;
    }
  }

  private async tellOfUnused(used: readonly KeyInUse[]): Promise<void> {
    const ids = new Set(used.map(({ keyId }) => keyId));
    for (const id of ids) this.told.delete(id);
    const candidates = this.keyring.keyIds.filter(
      (id) => id !== this.first && !ids.has(id) && !this.told.has(id),
    );
    if (candidates.length === 0) return;
    const left = await this.firstKeys.findLeft(this.first);
    for (const keyId of candidates.filter((id) => left.includes(id))) {
      this.told.add(keyId);
      this.logger.log({ keyId }, 'no data needs this key any more: remove it from SECRET_KEYS');
    }
  }

  private passOf(use: KeyInUse): Pass {
    const name = nameOf(use);
    const known = this.passes.get(name);
    if (known) return known;
    const pass = { unreadable: 0, restsUntil: 0, toldOf: 0 };
    this.passes.set(name, pass);
    return pass;
  }
}

function nameOf({ table, keyId }: KeyInUse): string {
  return `${table} ${keyId}`;
}
