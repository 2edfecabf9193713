/** Views: what a reader gets in the place of a token. */

import type { Payload } from "../../token/grammar.ts";
import { type MaskName, masks } from "./mask.ts";

export type View = "full" | MaskName | "pseudonym" | "token";

export const views: readonly View[] = ["full", ...(Object.keys(masks) as MaskName[]), "pseudonym", "token"];

/** The view by the label of a sealed token, where the reader has one for it, and by the recipient otherwise. */
export function viewOf(
  { views: byLabel }: { readonly views: ReadonlyMap<string, View> },
  { view }: { readonly view: View },
  payload: Payload,
): View {
  const label = payload.kind === "sealed" ? payload.header.label : undefined;
  return (label === undefined ? undefined : byLabel.get(label)) ?? view;
}

/** Whether a view is a mask, and which. */
export function maskOf(view: View): ((characters: string) => string) | undefined {
  return view === "full" || view === "pseudonym" || view === "token" ? undefined : masks[view];
}
