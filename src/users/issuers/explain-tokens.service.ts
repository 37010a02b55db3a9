import { Injectable } from '@nestjs/common';
import { Problem } from '../../platform/http/problem.js';
import { AccountDisabled, AccountPending } from '../sessions/auth.problems.js';
import type { FoundPerson } from './issuer-sessions.repository.js';
import { IssuerSessions, refuseByState } from './issuer-sessions.service.js';
import { type IssuerToken, refuseByTime } from './issuer-token.js';
import { IssuerTokens } from './issuer-tokens.js';
import { IssuerTokenRefused, IssuerUnavailable, type Reason } from './issuers.problems.js';
import { CHECKS, type TokenExplanation } from './issuers.schema.js';

type Check = (typeof CHECKS)[number];

const CHECK_OF: Readonly<Record<Reason, Check>> = {
  malformed: 'form',
  algorithm: 'algorithm',
  issuer_unknown: 'issuer',
  key_unknown: 'key',
  signature: 'signature',
  claim_missing: 'claims',
  audience: 'audience',
  bound: 'binding',
  expired: 'times',
  not_yet_valid: 'times',
  session_ended: 'session',
};

/** Says why a token is accepted or refused; stores and logs nothing of it. */
@Injectable()
export class ExplainTokensService {
  constructor(
    private readonly tokens: IssuerTokens,
    private readonly sessions: IssuerSessions,
  ) {}

  async explain(text: string): Promise<TokenExplanation> {
    let token: IssuerToken | undefined;
    try {
      token = await this.tokens.verify(text);
      const person = await this.sessions.find(token);
      refuseByTime(token, person.now);
      refuseByState(token, person);
      refuseNewcomer(token, person);
      return explanationOf(token);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      return explanationOf(token, { check: checkOf(error), detail: error.detail });
    }
  }
}

/** A request creates the account of a newcomer first, and is refused then. */
function refuseNewcomer({ issuer }: IssuerToken, person: FoundPerson): void {
  if (person.id !== null && !person.isErased) return;
  if (person.staysDisabled === true) throw new AccountDisabled();
  if (issuer.users === 'approval') throw new AccountPending();
}

function checkOf(problem: Problem): Check {
  if (problem instanceof IssuerTokenRefused) return CHECK_OF[problem.reason];
  return problem instanceof IssuerUnavailable ? 'key' : 'account';
}

function explanationOf(
  token: IssuerToken | undefined,
  failed?: { readonly check: Check; readonly detail: string },
): TokenExplanation {
  const at = failed ? CHECKS.indexOf(failed.check) : CHECKS.length;
  return {
    accepted: failed === undefined,
    checks: CHECKS.map((check, index) => ({
      check,
      verdict: index < at ? 'passed' : index === at ? 'failed' : 'skipped',
      detail: index === at ? (failed?.detail ?? null) : null,
    })),
    subject: token?.subject ?? null,
    displayName: token?.name ?? null,
    role: token?.issuer.roles ? token.role : null,
  };
}
