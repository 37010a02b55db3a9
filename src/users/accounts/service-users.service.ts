import { Injectable } from '@nestjs/common';
import { ROLE_OF_SERVICES } from '../../platform/access/global-role.js';
import type { Transaction } from '../../platform/database/database.js';
import { ErasureService } from './erasure.service.js';
import { UsersRepository } from './users.repository.js';

/** The users for which API keys stand. */
@Injectable()
export class ServiceUsersService {
  constructor(
    private readonly users: UsersRepository,
    private readonly erasure: ErasureService,
  ) {}

  async add(transaction: Transaction, id: string, displayName: string): Promise<void> {
    const service = { kind: 'service', status: 'active', role: ROLE_OF_SERVICES } as const;
    await this.users.within(transaction).insert({ id, displayName, ...service });
  }

  async rename(transaction: Transaction, id: string, displayName: string): Promise<void> {
    const users = this.users.within(transaction);
    const user = await users.findForUpdate(id);
    if (user) await users.change(user, { displayName });
  }

  /** Deletes the user like other users; `erase` must follow the commit. */
  end(transaction: Transaction, id: string): Promise<void> {
    return this.users.within(transaction).markDeleted(id);
  }

  erase(id: string): Promise<void> {
    return this.erasure.begin(id);
  }
}
