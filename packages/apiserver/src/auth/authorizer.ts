/** Who may do what: authorizers are asked in order, the first with an opinion decides, nobody's opinion is a no. */
import type { RequestInfo } from '../request/info.ts';
import type { User } from '../request/request.ts';

export interface Decision {
  allowed: boolean;
  /** True when a no must not be overruled by a later authorizer. */
  denied?: boolean;
  reason?: string;
}

export interface Authorizer {
  authorize(user: User, info: RequestInfo): Decision;
}

export const NO_OPINION: Decision = { allowed: false };

export const firstOf = (authorizers: readonly Authorizer[]): Authorizer => ({
  authorize(user, info) {
    let reasons = '';
    for (const authorizer of authorizers) {
      const decision = authorizer.authorize(user, info);
      if (decision.allowed || decision.denied) return decision;
      if (decision.reason) reasons = reasons ? `${reasons}, ${decision.reason}` : decision.reason;
    }
    return { allowed: false, ...(reasons && { reason: reasons }) };
  },
});
