/** Checks that texts without a plan hold no markers. */
import { isToken } from "../core/encrypt/encrypt-text.ts";
import { FieldsealError } from "../core/errors.ts";
import { applyEdits } from "../core/text/edit.ts";
import { scanTokens } from "../core/token/grammar.ts";
import { holdsMarker } from "../core/token/marker.ts";
import type { Recipient } from "../core/token/recipient.ts";

/** Throws `marker_in_input` if a text holds a marker, in any spelling in which a reader finds tokens. */
export function requireNoMarkers(text: string, recipients: readonly Recipient[]): void {
  if (holdsMarker(text, recipients)) throw new FieldsealError("marker_in_input");
}

/** Throws `marker_in_input` if a text holds a marker outside of whole tokens of the recipients. */
export function requireWholeTokens(text: string, recipients: readonly Recipient[]): void {
  const tokens = [...scanTokens(text, recipients)].filter(({ start, end }) =>
    isToken(text.slice(start, end), recipients),
  );
  const removals = tokens.map(({ start, end }) => ({ start, end, replacement: "" }));
  requireNoMarkers(applyEdits(text, removals), recipients);
}
