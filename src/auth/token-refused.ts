/** What the bearer is told of a token that is signed as it should be; of any other, nothing that would help to forge one. */
const TOLD = {
  malformed: undefined,
  too_long: undefined,
  algorithm_not_accepted: undefined,
  no_such_key: undefined,
  wrong_signature: undefined,
  expired: 'The token has expired.',
  not_yet_valid: 'The token is not valid yet.',
  without_end: 'The token has no end (exp).',
  wrong_audience: 'The token is not for this service.',
  wrong_issuer: 'The token is not of an issuer that this service trusts.',
  without_tenant: 'The token names no tenant.',
  claim_unreadable: 'The token has a claim that cannot be read.',
  claim_reserved: 'The token names a caller that only this service may name.',
  key_ended: 'The key of the token has ended, or was rotated.',
} as const satisfies Record<string, string | undefined>;

export type RefusalReason = keyof typeof TOLD;

/** Why a token opens nothing. The reason is for the log; `detail` may be told. Neither quotes anything of the token. */
export class TokenRefused {
  readonly reason: RefusalReason;
  /** The claim that it is about, by the name that the settings give it. */
  readonly claim: string | undefined;
  readonly detail: string | undefined;

  constructor(reason: RefusalReason, claim?: string) {
    this.reason = reason;
    this.claim = claim;
    this.detail = TOLD[reason];
  }
}
