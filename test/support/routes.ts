import { RequestMethod } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Method } from './client.js';

/** A route as its callers see it. `:room`, `:user` and `:id` stand for ids. */
export interface Route {
  readonly method: Method;
  readonly path: string;
  readonly isOpen?: boolean;
  /** Whether only API keys may call it. */
  readonly isForKeys?: boolean;
  /** The required query. */
  readonly query?: string;
  /** A body that the route accepts; absent if the route takes none. */
  readonly body?: Readonly<Record<string, unknown>>;
  /** The number of bytes that a body may have; absent: 16 KiB. */
  readonly bytes?: number;
  /** The filters of a list, besides `limit` and `cursor`. */
  readonly filters?: readonly string[];
}

const email = 'nobody@example.org';
const password = 'a password for tests';
const displayName = 'Nobody';

/** Every route of `/v1`. */
export const routes: readonly Route[] = [
  {
    method: 'POST',
    path: '/v1/auth/register',
    isOpen: true,
    body: { email, password, displayName },
  },
  { method: 'POST', path: '/v1/auth/login', isOpen: true, body: { email, password } },
  { method: 'POST', path: '/v1/auth/refresh', isOpen: true, body: { refreshToken: 'lkr_x' } },
  {
    method: 'POST',
    path: '/v1/auth/guest',
    isOpen: true,
    body: { inviteCode: 'lki_x', displayName },
  },
  { method: 'POST', path: '/v1/auth/logout', body: {} },
  { method: 'GET', path: '/v1/me' },
  { method: 'PATCH', path: '/v1/me', body: {} },
  { method: 'DELETE', path: '/v1/me' },
  { method: 'GET', path: '/v1/me/export' },
  {
    method: 'PUT',
    path: '/v1/me/password',
    body: { currentPassword: password, newPassword: 'another password for tests' },
  },
  { method: 'GET', path: '/v1/me/sessions', filters: [] },
  { method: 'DELETE', path: '/v1/me/sessions' },
  { method: 'DELETE', path: '/v1/me/sessions/:id' },
  {
    method: 'GET',
    path: '/v1/users',
    filters: ['search', 'role', 'status', 'externalId', 'issuer'],
  },
  { method: 'POST', path: '/v1/users', body: { email, password, displayName } },
  { method: 'GET', path: '/v1/users/:id' },
  { method: 'PATCH', path: '/v1/users/:id', body: {} },
  { method: 'DELETE', path: '/v1/users/:id' },
  { method: 'PUT', path: '/v1/users/:id/password', body: { password } },
  { method: 'GET', path: '/v1/users/:id/sessions', filters: [] },
  { method: 'DELETE', path: '/v1/users/:id/sessions' },
  { method: 'GET', path: '/v1/issuers' },
  { method: 'POST', path: '/v1/issuers/explain', body: { token: 'eyJ' } },
  { method: 'GET', path: '/v1/api-keys', filters: [] },
  { method: 'POST', path: '/v1/api-keys', body: { name: 'Shop', scopes: ['rooms:read'] } },
  { method: 'GET', path: '/v1/api-keys/:id' },
  { method: 'PATCH', path: '/v1/api-keys/:id', body: {} },
  { method: 'DELETE', path: '/v1/api-keys/:id' },
  { method: 'POST', path: '/v1/api-keys/:id/rotate', body: {} },
  {
    method: 'GET',
    path: '/v1/audit',
    filters: ['action', 'actorId', 'userId', 'roomId', 'since', 'until'],
  },
  { method: 'GET', path: '/v1/rooms', filters: ['search', 'phase'] },
  { method: 'POST', path: '/v1/rooms', body: { name: 'A room' } },
  { method: 'GET', path: '/v1/rooms/:room' },
  { method: 'PATCH', path: '/v1/rooms/:room', body: {} },
  { method: 'DELETE', path: '/v1/rooms/:room' },
  { method: 'GET', path: '/v1/rooms/:room/members', filters: [] },
  {
    method: 'PUT',
    path: '/v1/rooms/:room/members',
    body: { items: [{ externalId: 'nobody', role: 'viewer' }] },
    bytes: 65_536,
  },
  { method: 'PUT', path: '/v1/rooms/:room/members/:userId', body: { role: 'viewer' } },
  { method: 'DELETE', path: '/v1/rooms/:room/members/:userId' },
  { method: 'POST', path: '/v1/rooms/:room/invites', body: { role: 'viewer' } },
  { method: 'GET', path: '/v1/rooms/:room/invites', filters: [] },
  { method: 'DELETE', path: '/v1/rooms/:room/invites/:id' },
  { method: 'GET', path: '/v1/rooms/:room/explain', query: '?userId=:userId' },
  { method: 'GET', path: '/v1/rooms/:room/bans', filters: [] },
  { method: 'PUT', path: '/v1/rooms/:room/bans/:userId', body: {} },
  { method: 'DELETE', path: '/v1/rooms/:room/bans/:userId' },
  { method: 'GET', path: '/v1/rooms/:room/participants', filters: [] },
  { method: 'DELETE', path: '/v1/rooms/:room/participants/:userId' },
  { method: 'POST', path: '/v1/rooms/:room/rekey', body: { reason: 'a leak' } },
  { method: 'GET', path: '/v1/rooms/:room/generations', filters: [] },
  { method: 'GET', path: '/v1/rooms/:room/holders', filters: ['generation', 'userId'] },
  {
    method: 'POST',
    path: '/v1/rooms/:room/grants',
    isForKeys: true,
    body: { externalId: 'x', displayName },
  },
  { method: 'POST', path: '/v1/rooms/:room/join', body: {} },
  { method: 'POST', path: '/v1/rooms/:room/heartbeat', body: {} },
  { method: 'POST', path: '/v1/rooms/:room/leave', body: {} },
  {
    method: 'POST',
    path: '/v1/rooms/:room/reports',
    body: { sdkCode: 203, generation: 1 },
  },
  { method: 'GET', path: '/v1/rooms/:room/events' },
];

export const nameOf = ({ method, path }: Pick<Route, 'method' | 'path'>) => `${method} ${path}`;

/** Returns the path with real ids in it. */
export function fill({ path, query = '' }: Route, room: string, user: string): string {
  return `${path}${query}`.replace(':room', room).replace(':userId', user).replace(':id', user);
}

/** Returns the routes that the controllers declare under `/v1`, as `METHOD /path`. */
export function declaredRoutes(app: NestFastifyApplication): string[] {
  const modules = [...app.get(ModulesContainer).values()];
  const controllers = modules.flatMap(({ controllers }) => [...controllers.values()]);
  const declared = controllers.flatMap(({ metatype }) => {
    if (typeof metatype !== 'function') return [];
    const base = String(Reflect.getMetadata('path', metatype));
    const handlers = Object.values(Object.getOwnPropertyDescriptors(metatype.prototype));
    return handlers.flatMap(({ value }) => {
      const method: unknown = value && Reflect.getMetadata('method', value);
      if (typeof method !== 'number') return [];
      const path = `/${base}/${String(Reflect.getMetadata('path', value))}`.replace(/\/+$/, '');
      return [`${RequestMethod[method]} ${path}`];
    });
  });
  return [...new Set(declared)].filter((route) => route.includes(' /v1/')).sort();
}
