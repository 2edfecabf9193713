/** How often each selector matched, by the names that the policy gives. */
import type { Protection } from "./protection.ts";

/**
 * Counts by rule and by selector that was asked, as the policy writes them; of two that are alike the second one has a
 * number.
 */
export type Counts = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** The counts by name. Without a body, selectors for bodies are left out, since they were not asked. */
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
