import { HttpService } from '@nestjs/axios';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Outbound, type OutboundLimits } from './outbound.js';

/** Makes the only clients for requests to other servers, and closes their connections at the end. */
@Injectable()
export class OutboundService implements OnApplicationShutdown {
  private readonly opened: Outbound[] = [];

  constructor(private readonly http: HttpService) {}

  open(limits: OutboundLimits): Outbound {
    const outbound = new Outbound(this.http, limits);
    this.opened.push(outbound);
    return outbound;
  }

  onApplicationShutdown(): void {
    for (const outbound of this.opened) outbound.close();
  }
}
