/** What the search for gzip and base64 gives those who look for tokens. */
import { mayHoldTokens } from "../../core/decrypt/tokens/find-tokens.ts";
import * as envelopes from "../../core/embedded/gzip-base64.ts";
import type { Markers } from "../../core/token/marker.ts";

export function mayHoldEnvelopes(text: string, recipients: readonly Markers[]): boolean {
  return envelopes.mayHoldEnvelopes(text, (part) => mayHoldTokens(part, recipients));
}
