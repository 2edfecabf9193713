/** Plain text, of any format that has no codec of its own. */
import type { ReadableRecipient } from "../reader.ts";
import { scanTokens } from "../token.ts";
import { charactersOf, type Slot } from "./slot.ts";

/** The tokens of a text; a value takes the place of its token as it is. */
export function locateInText(text: string, recipients: readonly ReadableRecipient[]): Slot[] {
  return [...scanTokens(text, recipients)].map((token) => ({
    token,
    start: token.start,
    end: token.end,
    encode: charactersOf,
  }));
}
