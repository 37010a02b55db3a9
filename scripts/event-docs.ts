import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { KEPT_EVENTS, type EventKind } from '../src/platform/room-events/room-events.schema.js';
import { EVENTS } from '../src/rooms/feed/feed.schema.js';
import { withPart } from './markdown.js';

function dataOf({ payload }: EventKind): string {
  return Object.entries<z.core.$ZodType>(payload.shape)
    .map(([name, field]) => {
      const { description } = z.globalRegistry.get(field) ?? {};
      return `\`${name}\`${description === undefined ? '' : `: ${description.replace(/\.$/, '')}`}`;
    })
    .join('; ');
}

/** Renders docs/feed.md with a new table of events between its markers. */
export function renderFeed(path: string): Promise<string> {
  const rows = Object.entries<EventKind>(EVENTS).map(([type, kind]) => {
    const kept = Object.hasOwn(KEPT_EVENTS, type) ? 'yes' : '';
    return `| \`${type}\` | ${dataOf(kind)} | ${kept} | ${kind.advice} |`;
  });
  const head = [
    '| event | data | stored | when it is sent, and what to do |',
    '| --- | --- | --- | --- |',
  ];
  return withPart(path, readFileSync(path, 'utf8'), 'events', [...head, ...rows].join('\n'));
}
