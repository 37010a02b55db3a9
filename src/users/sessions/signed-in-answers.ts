import { Injectable } from '@nestjs/common';
import type { UserView } from '../accounts/user.schema.js';
import type { SignedIn } from './auth.schema.js';
import { type Device, OpaqueTokens } from './opaque-tokens.js';
import type { OpenedSession } from './sessions.repository.js';
import { SigningKeys } from './signing-keys.js';

@Injectable()
export class SignedInAnswers {
  constructor(
    private readonly keys: SigningKeys,
    private readonly tokens: OpaqueTokens,
  ) {}

  async answer(
    user: UserView,
    sessionId: string,
    { now, refreshExpiresAt }: OpenedSession,
    refreshToken: string,
    device: Omit<Device, 'userId'>,
  ): Promise<SignedIn> {
    const access = await this.keys.sign({ userId: user.id, sessionId }, now);
    return {
      user,
      accessToken: access.token,
      accessTokenExpiresAt: access.expiresAt,
      refreshToken,
      refreshTokenExpiresAt: refreshExpiresAt,
      deviceToken: this.tokens.deviceToken({ userId: user.id, ...device }),
      serverTime: now,
    };
  }
}
