import { SetMetadata } from '@nestjs/common';

export const SHARES_ITSELF = 'latchkey:shares-itself';

/** For a route whose service identifies the people to count more precisely than the guard. */
export const SharesItself = () => SetMetadata(SHARES_ITSELF, true);
