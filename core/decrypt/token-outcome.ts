/** What became of a token, for the audit. */
import { createHash } from "node:crypto";
import type { ErrorCode } from "../errors.ts";
import { formatPayload, formatToken } from "../token/grammar.ts";
import type { Token, TokenSite } from "./token-document.ts";

/** What became of one token of a text. */
export interface TokenOutcome {
  /** The recipient's id. */
  readonly recipient: string;
  /**
   * `discarded` were opened and not given out, since something else failed; `rewrapped` moved to another recipient
   * unopened.
   */
  readonly outcome: "opened" | "masked" | "pseudonym" | "withheld" | "discarded" | "rewrapped" | ErrorCode;
  /** The first 16 hexadecimal digits of the SHA-256 of the token in its one spelling; of a damaged one, "". */
  readonly fingerprint: string;
}

/** The outcome for a token of a text. */
export function describeOutcome({ token }: TokenSite, outcome: TokenOutcome["outcome"]): TokenOutcome {
  return { recipient: token.recipient.id, outcome, fingerprint: fingerprintOf(token) };
}

/** Whether the caller gets something of the token's value. */
export function isGiven(outcome: TokenOutcome["outcome"]): boolean {
  return outcome === "opened" || outcome === "masked" || outcome === "pseudonym";
}

function fingerprintOf(token: Token): string {
  if (token.kind === "damaged") return "";
  return createHash("sha256")
    .update(formatToken(token.recipient, formatPayload(token.payload)))
    .digest("hex")
    .slice(0, 16);
}
