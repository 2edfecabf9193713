/** The check that a request brings no markers along, for texts that nothing is planned for. */
import { isToken } from "../core/encrypt/encrypt-text.ts";
import { FieldsealError } from "../core/errors.ts";
import { applyEdits } from "../core/text/edit.ts";
import { scanTokens } from "../core/token/grammar.ts";
import { holdsMarker } from "../core/token/marker.ts";
import type { Recipient } from "../core/token/recipient.ts";

/** Throws `marker_in_input` where a text holds a marker, in any of the spellings in which readers find tokens. */
export function requireNoMarkers(text: string, recipients: readonly Recipient[]): void {
  if (holdsMarker(text, recipients)) throw new FieldsealError("marker_in_input");
}

/** Throws `marker_in_input` where a text holds a marker anywhere but in whole tokens of the recipients. */
export function requireWholeTokens(text: string, recipients: readonly Recipient[]): void {
  const tokens = [...scanTokens(text, recipients)].filter(({ start, end }) =>
    isToken(text.slice(start, end), recipients),
  );
  const removals = tokens.map(({ start, end }) => ({ start, end, replacement: "" }));
  requireNoMarkers(applyEdits(text, removals), recipients);
}
