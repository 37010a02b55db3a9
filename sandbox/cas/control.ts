import type { IncomingMessage, ServerResponse } from 'node:http';
import type { BehaviourSwitch } from './behaviour-switch.js';
import { InvalidBehaviour } from './behaviour.js';
import type { CasRecorder } from './cas-stats.js';

const PREFIX = '/__sandbox/';
const MOST_BYTES = 65_536;

type Reply = [status: number, content: unknown];

export function isControl(path: string): boolean {
  return path.startsWith(PREFIX);
}

export async function answerControl(
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
  behaviour: BehaviourSwitch,
  recorder: CasRecorder,
): Promise<void> {
  const [status, content] = await reply(path, request, behaviour, recorder);
  response.statusCode = status;
  response.setHeader('content-type', 'application/json');
  response.end(content === undefined ? undefined : `${JSON.stringify(content, null, 2)}\n`);
}

async function reply(
  path: string,
  request: IncomingMessage,
  behaviour: BehaviourSwitch,
  recorder: CasRecorder,
): Promise<Reply> {
  switch (`${request.method} ${path.slice(PREFIX.length)}`) {
    case 'GET stats':
      return [200, recorder.snapshot()];
    case 'GET behaviour':
      return [200, behaviour.current];
    case 'DELETE behaviour':
      behaviour.clear();
      return [204, undefined];
    case 'PUT behaviour':
      return await replaceBehaviour(request, behaviour);
    default:
      return [404, { error: `Use GET ${PREFIX}stats, or GET, PUT or DELETE ${PREFIX}behaviour.` }];
  }
}

async function replaceBehaviour(
  request: IncomingMessage,
  behaviour: BehaviourSwitch,
): Promise<Reply> {
  try {
    behaviour.replace(await readJson(request));
    return [200, behaviour.current];
  } catch (error) {
    if (error instanceof InvalidBehaviour) return [400, { error: error.message }];
    if (error instanceof SyntaxError) return [400, { error: 'The body must be JSON.' }];
    throw error;
  }
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue;
    bytes += chunk.length;
    // Reads to the end even if too large: an early stop would close the connection unanswered.
    if (bytes <= MOST_BYTES) chunks.push(chunk);
  }
  if (bytes > MOST_BYTES) throw new InvalidBehaviour(`The body exceeds ${MOST_BYTES} bytes.`);
  return JSON.parse(Buffer.concat(chunks).toString());
}
