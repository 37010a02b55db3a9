import { createHash, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { parse as bytesOf, stringify as uuidOf, v4 as randomId } from 'uuid';
import { ServerSecrets } from '../../platform/keyring/server-secrets.js';

const REFRESH = /^lkr_([A-Za-z0-9_-]{70})$/;
const DEVICE = /^lkd_([A-Za-z0-9_-]{64})$/;

/** A refresh token of a session; the counter is the number of earlier refreshes. */
export interface RefreshToken {
  readonly sessionId: string;
  readonly counter: number;
}

/** A device on which a user signed in, with the user's current password hash. */
export interface Device {
  readonly userId: string;
  readonly deviceId: string;
  readonly passwordHash: string | null;
}

/**
 * Tokens are derived, not random: only hashes are stored, and still a refresh token can be issued
 * again to a client that lost the answer, and a reused token differs from an invented one.
 */
@Injectable()
export class OpaqueTokens {
  constructor(private readonly secrets: ServerSecrets) {}

  refreshToken({ sessionId, counter }: RefreshToken): string {
    const number = Buffer.alloc(4);
    number.writeUInt32BE(counter);
    const mac = this.secrets.mac('refresh token', `${sessionId}|${counter}`);
    return `lkr_${Buffer.concat([bytesOf(sessionId), number, mac]).toString('base64url')}`;
  }

  /** Returns undefined if the token was not issued by this server. */
  readRefreshToken(text: string): RefreshToken | undefined {
    const bytes = Buffer.from(REFRESH.exec(text)?.[1] ?? '', 'base64url');
    if (bytes.length !== 52) return undefined;
    const token = { sessionId: uuidOf(bytes.subarray(0, 16)), counter: bytes.readUInt32BE(16) };
    return isSame(this.refreshToken(token), text) ? token : undefined;
  }

  hashOf(refreshToken: string): Buffer {
    return createHash('sha256').update(refreshToken).digest();
  }

  newDevice(): string {
    return randomId();
  }

  /**
   * Proves at the next sign-in that the user signed in on this device before. It
   * includes the password's hash, so that any change of the password makes it invalid.
   */
  deviceToken({ userId, deviceId, passwordHash }: Device): string {
    const mac = this.secrets.mac('device token', `${userId}|${deviceId}|${passwordHash ?? ''}`);
    return `lkd_${Buffer.concat([bytesOf(deviceId), mac]).toString('base64url')}`;
  }

  /** Returns the device's id; undefined for a token of another user or an earlier password. */
  readDeviceToken(owner: Omit<Device, 'deviceId'>, text: string): string | undefined {
    const bytes = Buffer.from(DEVICE.exec(text)?.[1] ?? '', 'base64url');
    if (bytes.length !== 48) return undefined;
    const deviceId = uuidOf(bytes.subarray(0, 16));
    return isSame(this.deviceToken({ ...owner, deviceId }), text) ? deviceId : undefined;
  }
}

function isSame(expected: string, actual: string): boolean {
  return (
    expected.length === actual.length && timingSafeEqual(Buffer.from(expected), Buffer.from(actual))
  );
}
