/** Counts the matches of each selector, by the names in the policy. */
import type { Protection } from "./protection.ts";

/** Counts by rule and by selector, as the policy writes them. Equal names get a number: `name (2)`. */
export type Counts = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** The counts by name. Leaves out selectors for bodies if there is no body. */
export function nameMatches(matches: Protection["matches"], hasBody = true): Counts {
  return nameAll(
    [...matches].map(([{ name, selectors }, counts]) => [
      name,
      nameAll(
        selectors.flatMap(({ text, part }, index) =>
          hasBody || part === "request" ? [[text, counts[index] ?? 0]] : [],
        ),
      ),
    ]),
  );
}

function nameAll<T>(entries: readonly (readonly [string, T])[]): Readonly<Record<string, T>> {
  const named = new Map<string, T>();
  for (const [name, value] of entries) {
    let free = name;
    for (let number = 2; named.has(free); number++) free = `${name} (${number})`;
    named.set(free, value);
  }
  return Object.fromEntries(named);
}
