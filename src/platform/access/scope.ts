/** What an API key may do; each route names the scope that opens it for keys. */
export const SCOPES = [
  'rooms:read',
  'rooms:write',
  'users:read',
  'users:write',
  'join:on-behalf',
  'audit:read',
  'webhooks:write',
] as const;
export type Scope = (typeof SCOPES)[number];
