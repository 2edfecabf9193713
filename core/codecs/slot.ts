/** Places of a text in which tokens stand, and how a restored value is written into each kind of place. */
import type { Span } from "../edits.ts";
import { decodeString } from "../json/document.ts";
import type { ReadableRecipient } from "../reader.ts";
import type { ScannedToken } from "../token.ts";

/** A token, or a damaged one, the span that its value replaces, and how the value is spelt there. */
export interface Slot extends Span {
  readonly token: ScannedToken<ReadableRecipient>;
  /** `json` is the restored value as one JSON text. */
  readonly encode: (json: string) => string;
}

/** The characters that a restored value has in a text: those of a string, the literal of anything else. */
export function charactersOf(json: string): string {
  return json.startsWith('"') ? decodeString(json) : json;
}
