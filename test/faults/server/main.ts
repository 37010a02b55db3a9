// The product's own main, with gates at named points of the protocol and a fence that can be taken
// away, both moved by orders over the channel of `spawn`. None of it is in the product.
import 'reflect-metadata';
import { CasClient } from '../../../src/cas/cas.client.js';
import { Database, type Statement } from '../../../src/database/database.js';
import { RoomTokensRepository } from '../../../src/tokens/room-tokens.repository.js';
import type { Order, Point, Reached } from './pauses.js';

interface Gate {
  readonly opened: Promise<void>;
  readonly open: () => void;
}

const gates = new Map<Point, Gate>();
let hasFence = true;

function close(point: Point): void {
  const { promise, resolve } = promiseWithResolver();
  gates.set(point, { opened: promise, open: resolve });
}

function promiseWithResolver() {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
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
// The channel alone must not keep a server alive that shuts down.
process.channel?.unref();

const store = RoomTokensRepository.prototype;
const { acquire, publish } = store;
store.acquire = async function (...parameters) {
  await pass('before acquire');
  return acquire.apply(this, parameters);
};
store.publish = async function (...parameters) {
  await pass('before publish');
  const generation = await publish.apply(this, parameters);
  await pass('after publish');
  return generation;
};

const source = CasClient.prototype;
const { mint } = source;
source.mint = async function (...parameters) {
  await pass('before call');
  return mint.apply(this, parameters);
};

const FENCE = 'where room_id = $1 and fence = $2';

function withoutFence({ name, text }: Statement): Statement {
  if (!text.includes(FENCE)) throw new Error('The publish has no fence that could be taken away.');
  const unguarded = text.replace(FENCE, 'where room_id = $1 and $2::bigint is not null');
  // Under another name: a statement is prepared once per connection and name.
  return { name: `${name}-without-fence`, text: unguarded };
}

const database = Database.prototype;
const { query } = database;
database.query = function <Row>(statement: Statement, values: readonly unknown[]) {
  const isPublish = statement.name === 'tokens.publish';
  const changed = isPublish && !hasFence ? withoutFence(statement) : statement;
  return query.call(this, changed, values) as Promise<Row[]>;
};

await import('../../../src/main.js');
