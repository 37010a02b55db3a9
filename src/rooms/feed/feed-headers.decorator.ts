import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { documented } from '../../platform/http/documented.js';
import type { Request } from '../../platform/http/request.js';

/** The form of the feed, and the event to resume from, according to the headers. */
export interface FeedOptions {
  readonly isStream: boolean;
  readonly lastEventId: string | undefined;
}

export const FeedHeaders = createParamDecorator(
  (_: unknown, context: ExecutionContext): FeedOptions => {
    const { headers, method } = context.switchToHttp().getRequest<Request>();
    const { accept = '', 'last-event-id': lastEventId } = headers;
    const isStream = method === 'GET' && /\btext\/event-stream\b/i.test(accept);
    return { isStream, lastEventId: lastEventId === undefined ? undefined : String(lastEventId) };
  },
  [describeHeaders],
);

function describeHeaders(target: object, key: string | symbol | undefined): void {
  const handler = key !== undefined && Object.getOwnPropertyDescriptor(target, key);
  if (!handler) return;
  const description =
    'The id of the last event that you have, for a stream. Send it yourself with `fetch`.';
  documented(({ ApiHeader }) => ApiHeader({ name: 'Last-Event-ID', required: false, description }))(
    target,
    key,
    handler,
  );
}
