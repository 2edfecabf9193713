/** Which cache behaviours the requests of a rule can fall under. */
import type { PathPattern } from "../core/rule/route.ts";

/** A character, or one of the wildcards: any number of characters, and one character. */
type Glob = readonly string[];
const many = "**";
const one = "??";

/** A pattern of CloudFront's: `*` for any number of characters, `?` for one. */
export function globOf(pattern: string): Glob {
  return [...pattern].map((character) => (character === "*" ? many : character === "?" ? one : character));
}

/** The path pattern of a behaviour, which may leave out the first slash. */
export function globOfBehaviour(pattern: string): Glob {
  return globOf(pattern.replace(/^(?!\/|\*)/, "/"));
}

/** The paths of a rule, and some more: a wildcard of a segment matches slashes too, and any path may end in one. */
export function globOfRule(path: PathPattern): Glob {
  const glob = path.flatMap((segment): string[] => {
    if (segment === "**") return [many];
    return ["/", ...segment.flatMap((part, index) => (index === 0 ? [...part] : [many, ...part]))];
  });
  return [...(glob.length === 0 ? ["/"] : glob), ...(glob.at(-1) === many ? [] : [many])];
}

/** Whether some text matches both patterns. */
export function overlaps(left: Glob, right: Glob): boolean {
  const known = new Map<number, boolean>();
  const meet = (at: number, other: number): boolean => {
    const key = at * (right.length + 1) + other;
    const found = known.get(key);
    if (found !== undefined) return found;
    const result = step(at, other);
    known.set(key, result);
    return result;
  };
  const step = (at: number, other: number): boolean => {
    const mine = left[at];
    const theirs = right[other];
    if (mine === undefined && theirs === undefined) return true;
    if (mine === many) return meet(at + 1, other) || (theirs !== undefined && meet(at, other + 1));
    if (theirs === many) return meet(at, other + 1) || (mine !== undefined && meet(at + 1, other));
    return (
      mine !== undefined &&
      theirs !== undefined &&
      (mine === one || theirs === one || mine === theirs) &&
      meet(at + 1, other + 1)
    );
  };
  return meet(0, 0);
}

/** Whether the outer pattern surely matches every text that the inner pattern matches. */
export function covers(outer: Glob, inner: Glob): boolean {
  const known = new Map<number, boolean>();
  const fits = (at: number, other: number): boolean => {
    const key = at * (inner.length + 1) + other;
    const found = known.get(key);
    if (found !== undefined) return found;
    const token = outer[at];
    const symbol = inner[other];
    const result =
      token === undefined
        ? symbol === undefined
        : token === many
          ? fits(at + 1, other) || (symbol !== undefined && fits(at, other + 1))
          : symbol !== undefined && symbol !== many && (token === one || token === symbol) && fits(at + 1, other + 1);
    known.set(key, result);
    return result;
  };
  return fits(0, 0);
}
