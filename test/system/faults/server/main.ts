// The product's own main, with gates at named points of the protocol and a fence that can be
// removed, both controlled over the channel of `spawn`. None of it is in the product.
import 'reflect-metadata';
import { CasClient } from '../../../../src/tokens/cas/cas.client.js';
import { Database, type Statement } from '../../../../src/platform/database/database.js';
import { RoomTokensRepository } from '../../../../src/tokens/protocol/room-tokens.repository.js';
import type { Order, Point, Reached } from './pauses.js';

interface Gate {
  readonly opened: Promise<void>;
  readonly open: () => void;
}

const gates = new Map<Point, Gate>();
let hasFence = true;

function close(point: Point): void {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  gates.set(point, { opened, open });
}

async function pass(point: Point): Promise<void> {
  const gate = gates.get(point);
  if (!gate) return;
  process.send?.({ reached: point } satisfies Reached);
  await gate.opened;
}

process.on('message', (order: Order) => {
  if ('hold' in order) close(order.hold);
  else if ('release' in order) {
    gates.get(order.release)?.open();
    gates.delete(order.release);
  } else hasFence = order.fence === 'on';
});
// The channel alone must not keep a server alive that is shutting down.
process.channel?.unref();

type Method = (...parameters: never[]) => unknown;

/** Replaces a method of every object of a class; the replacement may call the original. */
function around<Name extends string, Original extends Method>(
  prototype: Record<Name, Original>,
  name: Name,
  wrap: (proceed: Original) => Original,
): void {
  const original = prototype[name];
  prototype[name] = function (this: unknown, ...parameters: Parameters<Original>) {
    return wrap(original.bind(this) as Original)(...parameters);
  } as Original;
}

const store = RoomTokensRepository.prototype;
around(store, 'acquire', (proceed) => async (...parameters) => {
  await pass('before acquire');
  return proceed(...parameters);
});
around(store, 'publish', (proceed) => async (...parameters) => {
  await pass('before publish');
  const generation = await proceed(...parameters);
  await pass('after publish');
  return generation;
});
around(CasClient.prototype, 'mint', (proceed) => async (...parameters) => {
  await pass('before call');
  return proceed(...parameters);
});

const FENCE = 'where room_id = $1 and fence = $2';

function withoutFence({ name, text }: Statement): Statement {
  if (!text.includes(FENCE)) throw new Error('The publish has no fence that could be removed.');
  const unguarded = text.replace(FENCE, 'where room_id = $1 and $2::bigint is not null');
  // The statement gets another name, because it is prepared once per connection and name.
  return { name: `${name}-without-fence`, text: unguarded };
}

type Query = (statement: Statement, values: readonly unknown[]) => Promise<never[]>;

around<'query', Query>(Database.prototype, 'query', (proceed) => (statement, values) => {
  const isPublish = statement.name === 'tokens.publish';
  return proceed(isPublish && !hasFence ? withoutFence(statement) : statement, values);
});

await import('../../../../src/main.js');
