import { saying } from '../../platform/http/problem.js';
import { Unauthenticated } from '../../platform/http/problems.js';

const AGAIN = 'let your backend ask for a new one with POST /v1/rooms/{room}/grants.';

export class ParticipantTokenMalformed extends saying(
  Unauthenticated,
  `The participant token is incomplete, or was changed in transit: send it unchanged, or ${AGAIN}`,
  { reason: 'malformed' },
) {}
export class ParticipantTokenExpired extends saying(
  Unauthenticated,
  `The participant token has expired: ${AGAIN}`,
  { reason: 'expired' },
) {}
export class ParticipantTokenEnded extends saying(
  Unauthenticated,
  'The person was signed out or removed, or the room is closed: if they want to come back, let your backend ask for a new token with POST /v1/rooms/{room}/grants.',
  { reason: 'session_ended' },
) {}
