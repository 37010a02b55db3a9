import {
  type CallHandler,
  type ExecutionContext,
  Injectable,
  Logger,
  type NestInterceptor,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { lastValueFrom, type Observable, of } from 'rxjs';
import { z } from 'zod';
import { ACCESS_LEVEL, type AccessLevel } from '../access/access.decorator.js';
import type { Principal } from '../access/principal.js';
import { Problem, type ProblemMembers } from '../http/problem.js';
import { InvalidRequest } from '../http/problems.js';
import type { Reply, Request } from '../http/request.js';
import { answersOf } from '../http/returns.js';
import { Database, type Transaction } from '../database/database.js';
import { isConnectionError } from '../database/database-errors.js';
import { IdempotencyInFlight } from './idempotency.problems.js';
import { type Claim, IdempotencyService, type KeptAnswer } from './idempotency.service.js';
import { RightsService } from './rights.service.js';
import { giveUnit } from './unit.decorator.js';

const HEADER = 'idempotency-key';
const KEPT_HEADERS = ['location', 'etag'];

const Key = z.string().regex(/^[\x20-\x7e]{1,255}$/, 'must be 1–255 printable ASCII characters');

/** A refusal that was answered before; only `requestId` is the current request's. */
class KeptRefusal extends Problem {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    members: ProblemMembers,
  ) {
    super(detail, members);
  }
}

/** Repeats an answer, committed together with its change, after the right is checked again. */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  private readonly logger = new Logger('Idempotency');

  constructor(
    private readonly keys: IdempotencyService,
    private readonly rights: RightsService,
    private readonly reflector: Reflector,
    private readonly database: Database,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const http = context.switchToHttp();
    const request = http.getRequest<Request & { user: Principal }>();
    const reply = http.getResponse<Reply>();
    const given = request.headers[HEADER];
    const { method, routeOptions, params, query, body, user } = request;
    const level = this.reflector.get<AccessLevel | undefined>(ACCESS_LEVEL, context.getHandler());
    const place = given === undefined ? undefined : await this.rights.decide(level, params, user);
    if (given === undefined || place === undefined)
      return of(await this.perform(context, next, (value) => Promise.resolve(value)));
    const claimed = await this.keys.claim({
      userId: user.userId,
      route: `${method} ${routeOptions.url}`,
      key: keyOf(given),
      request: [place, query, body],
    });
    if (claimed.answer) return of(repeat(claimed.answer, reply));
    const { claim } = claimed;
    try {
      const answer = await this.perform(context, next, async (value, transaction) => {
        const made = answerOf(value, reply, context);
        await this.keys.keep(claim, made, transaction);
        return made;
      });
      return of(repeat(answer, reply));
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal) await this.keep(claim, refusal, request);
      else await this.release(claim, error);
      throw error;
    }
  }

  /** Commits the handler's unit of work after `finish`, or rolls all of it back. */
  private async perform<Result>(
    context: ExecutionContext,
    next: CallHandler,
    finish: (value: unknown, transaction: Transaction) => Promise<Result>,
  ): Promise<Result> {
    const unit = this.database.unitOfWork();
    const http = context.switchToHttp();
    giveUnit(http.getRequest<Request>(), unit);
    try {
      const value: unknown = await lastValueFrom(next.handle(), { defaultValue: undefined });
      if (!unit.hasBegun) throw new TypeError('The route has changed something outside its unit');
      const result = await unit.run((transaction) => finish(value, transaction));
      await unit.commit();
      return result;
    } catch (error) {
      await unit.rollBack(error);
      const reply = http.getResponse<Reply>();
      for (const name of KEPT_HEADERS) void reply.removeHeader(name);
      throw error;
    }
  }

  /** Stores a refusal; it is answered even if that fails, because nothing was changed. */
  private async keep(claim: Claim, refusal: KeptAnswer, request: Request): Promise<void> {
    try {
      await this.keys.keep(claim, refusal);
    } catch (error) {
      // The concurrent request may have succeeded, and may be the reason of our refusal.
      if (error instanceof IdempotencyInFlight) throw error;
      this.logger.warn({ requestId: request.id }, 'an idempotent answer could not be stored');
    }
  }

  private async release(claim: Claim, cause: unknown): Promise<void> {
    const released = this.keys.release(claim).catch(() => undefined);
    // A silent database is not waited for a second time.
    if (!isConnectionError(cause)) await released;
  }
}

function keyOf(header: string | string[]): string {
  const key = Key.safeParse(header);
  if (key.success) return key.data;
  const [{ message: detail } = { message: 'is not valid' }] = key.error.issues;
  throw new InvalidRequest(`The header is not valid: Idempotency-Key ${detail}.`, {
    errors: [{ parameter: 'Idempotency-Key', detail }],
  });
}

/** The answer after the route's schema; only this part is stored. */
function answerOf(value: unknown, reply: Reply, context: ExecutionContext): KeptAnswer {
  const status = reply.statusCode;
  const schema = answersOf(context.getHandler())?.[status];
  const headers: Record<string, string> = {};
  for (const name of KEPT_HEADERS) {
    const header = reply.getHeader(name);
    if (header !== undefined) headers[name] = String(header);
  }
  return { status, headers, ...(schema && { body: JSON.stringify(schema.parse(value)) }) };
}

/** Only conflicts are kept; causes of other refusals may change, and a 5xx's result is unknown. */
function refusalOf(error: unknown): KeptAnswer | undefined {
  if (!(error instanceof Problem) || error.status !== 409) return undefined;
  const { status, code, detail, members } = error;
  if (members.retryAfter !== undefined) return undefined;
  return { status, headers: {}, refusal: { code, detail, members } };
}

function repeat({ status, headers, body, refusal }: KeptAnswer, reply: Reply): unknown {
  if (refusal) throw new KeptRefusal(status, refusal.code, refusal.detail, refusal.members);
  void reply.code(status).headers(headers);
  if (body !== undefined) void reply.header('content-type', 'application/json; charset=utf-8');
  return body;
}
