/** Views: what a reader gets for a token. */
import type { ConfigValue } from "../../config/config-value.ts";
import type { Payload } from "../../token/grammar.ts";
import { type Mask, type MaskName, masks } from "./mask.ts";

/** The value as a whole, a mask of it, a pseudonym, or the token as it is. */
export type View = "full" | MaskName | "pseudonym" | "token";

/** All views, in the order in which messages list them. */
export const views: readonly View[] = ["full", ...(Object.keys(masks) as MaskName[]), "pseudonym", "token"];

/** A view that a configuration names, and where it does. */
export interface ViewSetting {
  readonly view: View;
  readonly setting: ConfigValue;
}

/** Views by their names in a configuration, which are ids of recipients or labels. */
export type ViewSettings = ReadonlyMap<string, ViewSetting>;

/** Views from `{ "NAME": VIEW, … }`. Throws the setting's code with place and reason. */
export function parseViews(settings: ConfigValue | undefined): ViewSettings {
  const members = settings?.members() ?? [];
  return new Map(members.map(([name, setting]) => [name, { view: setting.choice(...views), setting }]));
}

/** The view of a token: that of its label where the reader has one for it, and that of its recipient otherwise. */
export function viewOf(
  { views: byLabel }: { readonly views: ReadonlyMap<string, View> },
  { view }: { readonly view: View },
  payload: Payload,
): View {
  const label = payload.kind === "sealed" ? payload.header.label : undefined;
  return (label === undefined ? undefined : byLabel.get(label)) ?? view;
}

/** The mask that a view is; `undefined` for the other views. */
export function maskOf(view: View): Mask | undefined {
  return view === "full" || view === "pseudonym" || view === "token" ? undefined : masks[view];
}
