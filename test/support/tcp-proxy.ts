import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A connection through the proxy: the client's socket and the server's socket. */
interface Pair {
  readonly client: Socket;
  readonly server: Socket;
}

/** A proxy to a TCP server of this machine; its network can be made unreliable. */
export class TcpProxy {
  private readonly pairs = new Set<Pair>();
  /** Milliseconds by which every answer is delayed. */
  private delayMs: () => number = () => 0;
  private isHalfOpen = false;
  private onceSent: { text: string; act: (pair: Pair) => void } | undefined;

  private constructor(
    private readonly server: Server,
    readonly port: number,
    private targetPort: number,
  ) {
    server.on('connection', (client) => this.relay(client));
  }

  static async to(targetPort: number): Promise<TcpProxy> {
    const server = createServer({ noDelay: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    return new TcpProxy(
      server,
      typeof address === 'object' && address ? address.port : 0,
      targetPort,
    );
  }

  /** Returns the same URL, but through the proxy. */
  through(url: string): string {
    return Object.assign(new URL(url), { hostname: '127.0.0.1', port: String(this.port) }).href;
  }

  /** Ends all faults; bytes that were held back are lost. */
  heal(): void {
    this.delayMs = () => 0;
    if (this.isHalfOpen) this.cut();
    this.isHalfOpen = false;
  }

  delay(milliseconds: () => number): void {
    this.delayMs = milliseconds;
  }

  /** Ends all current connections. */
  cut(): void {
    for (const { client, server } of this.pairs) {
      client.destroy();
      server.destroy();
    }
  }

  /**
   * Sends new connections to another server, as when an address moves to another node.
   * @param existing what happens to the current connections
   */
  redirect(port: number, existing: 'cut' | 'kept'): void {
    this.targetPort = port;
    if (existing === 'cut') this.cut();
  }

  /** Accepts connections and bytes, and never answers, like a network that is lost. */
  halfOpen(): void {
    this.isHalfOpen = true;
  }

  /** Stops listening, and ends all current connections. */
  async close(): Promise<void> {
    if (!this.server.listening) return;
    const closed = once(this.server, 'close');
    this.server.close();
    this.cut();
    await closed;
  }

  async reopen(): Promise<void> {
    if (this.server.listening) return;
    this.server.listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
  }

  /** Once: lets a request with this text reach the server, and loses its answer with the connection. */
  loseTheAnswerTo(text: string): void {
    const act = ({ client, server }: Pair) => {
      client.pause();
      server.removeAllListeners('data').resume();
      // The server gets time to handle the request.
      setTimeout(() => {
        client.destroy();
        server.destroy();
      }, 100);
    };
    this.onceSent = { text, act };
  }

  private relay(client: Socket): void {
    const server = connect({ port: this.targetPort, host: '127.0.0.1', noDelay: true });
    const pair = { client, server };
    this.pairs.add(pair);
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      one.on('error', () => undefined);
      one.once('close', () => {
        this.pairs.delete(pair);
        other.destroy();
      });
    }
    let turn = Promise.resolve();
    client.on('data', (chunk: Buffer) => {
      if (this.isHalfOpen) return;
      const { onceSent } = this;
      if (onceSent && chunk.includes(onceSent.text)) {
        this.onceSent = undefined;
        onceSent.act(pair);
      }
      server.write(chunk);
    });
    server.on('data', (chunk: Buffer) => {
      const wait = this.delayMs();
      turn = turn.then(async () => {
        if (wait > 0) await sleep(wait);
        if (!this.isHalfOpen) client.write(chunk);
      });
    });
    server.on('end', () => void turn.then(() => client.end()));
    client.on('end', () => server.end());
  }
}
