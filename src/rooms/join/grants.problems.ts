import { saying } from '../../platform/http/problem.js';
import { Forbidden, Overloaded } from '../../platform/http/problems.js';
import { AccountDisabled, AccountPending } from '../../users/sessions/auth.problems.js';

export class GranteeDisabled extends saying(
  AccountDisabled,
  'This person is disabled: ask an administrator to enable them with PATCH /v1/users/{id}.',
) {}
export class GranteePending extends saying(
  AccountPending,
  'This person waits for the approval of an administrator: ask an administrator to approve them with PATCH /v1/users/{id}.',
) {}
export class GranteePrivileged extends saying(
  Forbidden,
  'An API key joins only for people with the role user: let this person sign in by themselves.',
) {}
export class FormerGranteeRemains extends saying(
  Overloaded,
  'The former account of this person is still being deleted: try again after retryAfter seconds.',
  { retryAfter: 1 },
) {}
