import { SetMetadata } from '@nestjs/common';

export const SHARES_ITSELF = 'latchkey:shares-itself';

/** For a route without sign-in whose service identifies the caller more precisely than by address. */
export const SharesItself = () => SetMetadata(SHARES_ITSELF, true);
