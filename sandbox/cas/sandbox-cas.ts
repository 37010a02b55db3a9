import { createHash, createSecretKey, randomBytes, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { answerTokenRequest, refuse } from './answer.js';
import { BehaviourSwitch } from './behaviour-switch.js';
import type { Behaviour } from './behaviour.js';
import { type CasCall, CasRecorder, type CasStats } from './cas-stats.js';
import { answerControl, isControl } from './control.js';
import { mintToken } from './token.js';

export interface SandboxCasOptions {
  /** A free port if undefined. */
  port?: number;
  /** Loopback if undefined; all addresses only where the sandbox has its own network. */
  host?: '127.0.0.1' | '0.0.0.0';
  apiKey: string;
  apiSecret: string;
  /** Lifetime of a token in seconds; an hour if undefined. */
  lifeSeconds?: number;
  observe?: (call: CasCall) => void;
}

/** A token service on loopback that answers like the vendor's, or misbehaves on demand. */
export interface SandboxCas {
  readonly url: string;
  readonly port: number;
  readonly apiKey: string;
  readonly apiSecret: string;
  /** Changes the answers to later requests. @throws {InvalidBehaviour} */
  behave(patch: Behaviour): void;
  reset(): void;
  stats(): CasStats;
  /** Closes all connections immediately, including hanging ones; may be called repeatedly. */
  close(): Promise<void>;
}

const HOUR = 3_600;
/** Longer than clients keep a connection: closing it during a request would look like a bug. */
const KEEP_ALIVE_MS = 120_000;
const TOKEN_PATHS = ['/stream/token/v2/', '/sync/token/'];

/** @throws with one sentence if the port is in use */
export async function startSandboxCas(options: SandboxCasOptions): Promise<SandboxCas> {
  const { apiKey, apiSecret, lifeSeconds = HOUR, host = '127.0.0.1' } = options;
  // The vendor never reveals its key, so neither does the sandbox.
  const key = createSecretKey(randomBytes(32));
  const recorder = new CasRecorder(options.observe);
  const behaviour = new BehaviourSwitch();

  const meet = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = (request.url ?? '').split('?', 1).join();
    if (isControl(path)) return answerControl(path, request, response, behaviour, recorder);

    const flight = recorder.receive(path);
    const gone = new AbortController();
    response.once('close', () => {
      flight.ended();
      gone.abort();
    });
    if (!TOKEN_PATHS.includes(path)) {
      return refuse(
        response,
        flight,
        404,
        'This path does not exist; token paths end with a slash.',
      );
    }
    if (request.method !== 'GET') {
      response.setHeader('allow', 'GET');
      return refuse(response, flight, 405, 'Only GET is allowed here.');
    }
    const current = behaviour.next();
    const isKey = isSame(request.headers['auth-api-key'], apiKey);
    const isSecret = isSame(request.headers['auth-api-secret'], apiSecret);
    return answerTokenRequest(response, flight, {
      behaviour: current,
      isAllowed: isKey && isSecret,
      mint: () => mintToken(key, lifeSeconds, current),
      gone: gone.signal,
    });
  };

  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    meet(request, response).catch(() => response.destroy());
  });
  const port = await listen(server, options.port ?? 0, host);
  return {
    url: `http://${host}:${port}`,
    port,
    apiKey,
    apiSecret,
    behave: (patch) => behaviour.change(patch),
    reset() {
      behaviour.clear();
      recorder.reset();
    },
    stats: () => recorder.snapshot(),
    async close() {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function isSame(given: string | string[] | undefined, expected: string): boolean {
  // timingSafeEqual requires equal lengths, which digests have whatever the input.
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(String(given)), digest(expected)) && given !== undefined;
}

async function listen(server: Server, port: number, host: string): Promise<number> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
    throw new Error(`Port ${port} on ${host} is in use: choose another port for the sandbox CAS.`);
  }
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}
