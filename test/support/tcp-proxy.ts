import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** One connection through the proxy: who dialled, and the server that was dialled for him. */
interface Pair {
  readonly client: Socket;
  readonly server: Socket;
}

/** A way to a TCP server of this machine that can be made bad. */
export class TcpProxy {
  private readonly pairs = new Set<Pair>();
  /** Milliseconds by which every answer is late. */
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

  /** The same address, but through here. */
  through(url: string): string {
    return Object.assign(new URL(url), { hostname: '127.0.0.1', port: String(this.port) }).href;
  }

  /** From now on all is well; what was held back is lost. */
  heal(): void {
    this.delayMs = () => 0;
    if (this.isHalfOpen) this.cut();
    this.isHalfOpen = false;
  }

  delay(milliseconds: () => number): void {
    this.delayMs = milliseconds;
  }

  /** Ends every connection there is. */
  cut(): void {
    for (const { client, server } of this.pairs) {
      client.destroy();
      server.destroy();
    }
  }

  /**
   * New connections go to another server, as they do when an address moves to another node.
   * @param existing what becomes of those that there are
   */
  redirect(port: number, existing: 'cut' | 'kept'): void {
    this.targetPort = port;
    if (existing === 'cut') this.cut();
  }

  /** Takes what is sent, and new connections, and never answers: as a network does that is gone. */
  halfOpen(): void {
    this.isHalfOpen = true;
  }

  /** Nobody listens any more, and who was connected is not. */
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

  /** Once: what holds this text gets to the server, whose answer is lost with the connection. */
  loseTheAnswerTo(text: string): void {
    const act = ({ client, server }: Pair) => {
      client.pause();
      server.removeAllListeners('data').resume();
      // Time for the server to do what it was told.
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
