/** Compares two patterns with `*`. For builds only. */
import { matchesWildcard, type Wildcard } from "../../selector/wildcard.ts";
import { type Steps, stepsMeet } from "./step-relation.ts";

/** Represents what an asterisk matches: a character that no text has. */
const anything = "\ufffe";

/** True if `a` matches every text that `b` matches. */
export function coversWildcard(a: Wildcard, b: Wildcard): boolean {
  return matchesWildcard(a, b.join(anything));
}

/** True if some text matches both. */
export function wildcardsMeet(a: Wildcard, b: Wildcard): boolean {
  return stepsMeet(readCharacters(a), readCharacters(b), { meets: (own, other) => own === other });
}

/** One step for each character: to any later one after an asterisk. */
function readCharacters(parts: Wildcard): Steps<string> {
  const steps = parts.flatMap((part, index) =>
    [...part].map((test, at) => ({ descendant: index > 0 && at === 0, test })),
  );
  return { steps, open: parts.length > 1 && parts.at(-1) === "" };
}
