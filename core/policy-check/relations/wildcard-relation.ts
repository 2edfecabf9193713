/** Compares two patterns with `*`. For builds only. */
import { matchesWildcard, type Wildcard } from "../../selector/wildcard.ts";

/** Represents what an asterisk matches: a character that no text has. */
const anything = "\ufffe";

/** True if `a` matches every text that `b` matches. */
export function coversWildcard(a: Wildcard, b: Wildcard): boolean {
  return matchesWildcard(a, b.join(anything));
}

/** True if some text matches both. */
export function wildcardsMeet(a: Wildcard, b: Wildcard): boolean {
  return piecesMeet(readPieces(a), readPieces(b));
}

/** Characters, and `undefined` for each asterisk. */
function readPieces(parts: Wildcard): readonly (string | undefined)[] {
  return parts.flatMap((part, index) => [...(index === 0 ? [] : [undefined]), ...part]);
}

function piecesMeet(a: readonly (string | undefined)[], b: readonly (string | undefined)[]): boolean {
  // Row by row: whether the rests from a place of each have a text in common.
  let following: boolean[] = [];
  for (let i = a.length; i >= 0; i--) {
    const row: boolean[] = [];
    for (let j = b.length; j >= 0; j--) {
      const [ended, otherEnded] = [i === a.length, j === b.length];
      const [own, other] = [a[i], b[j]];
      if (ended && otherEnded) row[j] = true;
      else if (!ended && own === undefined) row[j] = following[j] === true || (!otherEnded && row[j + 1] === true);
      else if (!otherEnded && other === undefined) row[j] = row[j + 1] === true || (!ended && following[j] === true);
      else row[j] = own === other && !ended && !otherEnded && following[j + 1] === true;
    }
    following = row;
  }
  return following[0] === true;
}
