import { ORDINARY_GLOBAL_ROLE } from '../../platform/access/global-role.js';
import type { Principal } from '../../platform/access/principal.js';
import type { User } from './user.entity.js';
import type { ChangeUser, CreateUser } from './user.schema.js';
import {
  AccountBeyondKeys,
  RelinkingBeyondKeys,
  RoleBeyondKeys,
  ServiceIsApiKey,
  UserBeyondKeys,
} from './users.problems.js';

type Asker = Pick<Principal, 'apiKey'>;

/** API keys see and change users of the ordinary role only. @throws {Forbidden} */
export function refuseToShow({ role }: Pick<User, 'role'>, { apiKey }: Asker): void {
  if (apiKey && role !== ORDINARY_GLOBAL_ROLE) throw new UserBeyondKeys();
}

/** Nobody changes the user of an API key but through the key. @throws {Forbidden} */
export function refuseToTouch(user: Pick<User, 'role' | 'kind'>, asker: Asker): void {
  refuseToShow(user, asker);
  if (user.kind === 'service') throw new ServiceIsApiKey();
}

/** @throws {Forbidden} for an account, which needs a password, or another role */
export function refuseToAdd({ externalId, role }: CreateUser, { apiKey }: Asker): void {
  if (!apiKey) return;
  if (externalId === undefined) throw new AccountBeyondKeys();
  if (role !== ORDINARY_GLOBAL_ROLE) throw new RoleBeyondKeys();
}

/** @throws {Forbidden} */
export function refuseWish({ role, externalId, issuer }: ChangeUser, { apiKey }: Asker): void {
  if (!apiKey) return;
  if (role !== undefined && role !== ORDINARY_GLOBAL_ROLE) throw new RoleBeyondKeys();
  if (externalId !== undefined || issuer !== undefined) throw new RelinkingBeyondKeys();
}
