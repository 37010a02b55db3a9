import type { Request } from '../http/request.js';
import type { Principal } from './principal.js';

/** A kind of bearer token besides our own access tokens. */
export interface BearerForm {
  /** Decides by the form of the token only, before anything of it is verified. */
  isFormOf(token: string): boolean;
  /** @throws {Problem} if the token is refused */
  authenticate(token: string, request: Request): Promise<Principal>;
  /** Returns the user of a verified token; undefined otherwise. The session may have ended. */
  knownUserOf(token: string): string | undefined;
}

/** The registry of bearer forms; `users` implements it. Tokens of no form are our own. */
export abstract class BearerForms {
  abstract formOf(token: string): BearerForm | undefined;

  /** Returns the user of a verified token of any form; undefined otherwise. */
  abstract knownUserOf(token: string): string | undefined;
}
