/** Pages of a listing: `Limit` and `Marker` in, `NextMarker` and `Truncated` out. */

import { KmsError } from "./errors.ts";
import { type Input, parseInteger, parseText } from "./input.ts";

/** A page of a listing that is ordered by name. */
export interface Page {
  /** The name before the first; "" if there is none. */
  readonly after: string;
  readonly limit: number;
}

/** Parses `Limit` (1 to 1000) and `Marker`. Throws InvalidMarkerException for text that no page ended with. */
export function parsePage(input: Input, defaultLimit: number): Page {
  const limit = parseInteger(input, "Limit", { min: 1, max: 1000 }) ?? defaultLimit;
  const marker = parseText(input, "Marker", { min: 1, max: 1024 });
  if (marker === undefined) return { after: "", limit };
  const after = Buffer.from(marker, "base64url").toString();
  if (formatMarker(after) !== marker) throw new KmsError("InvalidMarkerException", "Could not deserialize marker");
  return { after, limit };
}

/** The items of a page, and the members `NextMarker` and `Truncated`. */
export function readPage<T>(page: Page, list: (page: Page) => readonly T[], nameOf: (item: T) => string) {
  const items = list({ after: page.after, limit: page.limit + 1 });
  const shown = items.slice(0, page.limit);
  const last = shown.at(-1);
  if (items.length === shown.length || last === undefined) return { shown, ending: { Truncated: false } };
  return { shown, ending: { NextMarker: formatMarker(nameOf(last)), Truncated: true } };
}

function formatMarker(name: string): string {
  return Buffer.from(name).toString("base64url");
}
