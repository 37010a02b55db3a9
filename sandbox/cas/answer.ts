import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Behaviour } from './behaviour.js';
import type { Flight } from './cas-stats.js';
import { type SessionToken, sandboxTime } from './token.js';

export interface Circumstances {
  behaviour: Behaviour;
  /** Whether key and secret are right; only checked when a token would be returned. */
  isAllowed: boolean;
  mint: () => Promise<SessionToken>;
  gone: AbortSignal;
}

interface Content {
  status: number;
  body: string;
  type?: string;
  headers?: Record<string, string | number>;
  token?: SessionToken;
}

const TRICKLE_MS = 500;
const HUGE_BYTES = 10 * 1024 * 1024;
const WRONG_TYPES = { number: '{"token":42}', missing: '{}', empty: '{"token":""}' };

export async function answerTokenRequest(
  response: ServerResponse,
  flight: Flight,
  circumstances: Circumstances,
): Promise<void> {
  const { behaviour, gone } = circumstances;
  if (behaviour.delay !== undefined) await pause(behaviour.delay, gone);
  if (behaviour.hang === true) return;
  if (behaviour.drop === true) return void response.destroy();

  const content = misbehave(behaviour) ?? (await handOut(circumstances));
  if (gone.aborted) return;
  if (behaviour.clockSkew !== undefined) {
    response.setHeader('date', new Date(sandboxTime(behaviour)).toUTCString());
  }
  send(response, flight, content, behaviour.trickle === true ? gone : undefined);
}

/** Answers with a JSON error; the vendor documents none, so no client may rely on its shape. */
export function refuse(
  response: ServerResponse,
  flight: Flight,
  status: number,
  message: string,
): void {
  send(response, flight, { status, body: JSON.stringify({ error: message }) });
}

function misbehave(behaviour: Behaviour): Content | undefined {
  const { status, retryAfter, redirect, garbage, huge, wrongType } = behaviour;
  if (status !== undefined) {
    const body = JSON.stringify({ error: `The sandbox was told to answer ${status}.` });
    return { status, body, headers: retryAfter === undefined ? {} : { 'retry-after': retryAfter } };
  }
  if (redirect !== undefined) return { status: 302, body: '', headers: { location: redirect } };
  if (garbage === true) {
    return { status: 200, type: 'text/html', body: '<!doctype html><title>Hi</title><p>Welcome!' };
  }
  if (huge === true) return { status: 200, body: `{"token":"${'a'.repeat(HUGE_BYTES)}"}` };
  if (wrongType !== undefined) return { status: 200, body: WRONG_TYPES[wrongType] };
  return undefined;
}

async function handOut({ isAllowed, mint }: Circumstances): Promise<Content> {
  if (!isAllowed) return { status: 401, body: '{"error":"The API key or secret is wrong."}' };
  const token = await mint();
  return { status: 200, body: JSON.stringify({ token: token.token }), token };
}

function send(
  response: ServerResponse,
  flight: Flight,
  { status, body, type = 'application/json', headers = {}, token }: Content,
  trickleUntil?: AbortSignal,
): void {
  response.statusCode = status;
  response.setHeader('content-type', type);
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  // Counted before the first byte is sent: no client can have an answer that is not counted.
  flight.answered(status, token);
  if (trickleUntil !== undefined) return void trickle(response, body, trickleUntil);
  flight.ended();
  response.end(body);
}

async function trickle(response: ServerResponse, body: string, gone: AbortSignal): Promise<void> {
  response.setHeader('content-length', Buffer.byteLength(body));
  response.flushHeaders();
  for (const byte of body) {
    await pause(TRICKLE_MS, gone);
    if (gone.aborted) return;
    response.write(byte);
  }
  response.end();
}

async function pause(milliseconds: number, gone: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal: gone }).catch(() => undefined);
}
