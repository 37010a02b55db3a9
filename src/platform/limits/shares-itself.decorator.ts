import { SetMetadata } from '@nestjs/common';

export const SHARES_ITSELF = 'latchkey:shares-itself';

/** For a route without sign-in whose service knows better than by address whose request it is. */
export const SharesItself = () => SetMetadata(SHARES_ITSELF, true);
