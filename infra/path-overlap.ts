/** Compares the path patterns of cache behaviours with those of rules. */
import type { PathPattern } from "../core/rule/route.ts";

/** A list of characters and wildcards. */
type Glob = readonly string[];
/** Any number of characters. */
const many = "**";
/** One character. */
const one = "??";

/** A pattern of CloudFront: `*` for any number of characters, `?` for one. */
export function globOf(pattern: string): Glob {
  return [...pattern].map((character) => (character === "*" ? many : character === "?" ? one : character));
}

/** The path pattern of a behaviour. It may lack the first slash. */
export function globOfBehaviour(pattern: string): Glob {
  return globOf(pattern.replace(/^(?!\/|\*)/, "/"));
}

/** The paths of a rule, and more: here, the wildcard of a segment also matches slashes, and any path may end in one. */
export function globOfRule(path: PathPattern): Glob {
  const glob = path.flatMap((segment): string[] => {
    if (segment === "**") return [many];
    return ["/", ...segment.flatMap((part, index) => (index === 0 ? [...part] : [many, ...part]))];
  });
  return [...(glob.length === 0 ? ["/"] : glob), ...(glob.at(-1) === many ? [] : [many])];
}

/** True if a text may match both patterns. */
export function overlaps(left: Glob, right: Glob): boolean {
  return compare(left, right, (mine, theirs, meets) => {
    if (mine === many) return meets(1, 0) || (theirs !== undefined && meets(0, 1));
    if (theirs === many) return meets(0, 1) || (mine !== undefined && meets(1, 0));
    if (mine === undefined || theirs === undefined) return mine === theirs;
    return (mine === one || theirs === one || mine === theirs) && meets(1, 1);
  });
}

/** True if the outer pattern matches every text that the inner pattern matches. */
export function covers(outer: Glob, inner: Glob): boolean {
  return compare(outer, inner, (token, symbol, fits) => {
    if (token === many) return fits(1, 0) || (symbol !== undefined && fits(0, 1));
    if (token === undefined || symbol === undefined) return token === symbol;
    return symbol !== many && (token === one || token === symbol) && fits(1, 1);
  });
}

/** Compares the items at one place of each pattern. `goOn` compares the rest, behind so many items of each. */
type Step = (
  left: string | undefined,
  right: string | undefined,
  goOn: (ofLeft: number, ofRight: number) => boolean,
) => boolean;

/** Compares two patterns from their beginnings, and each pair of places once. */
function compare(left: Glob, right: Glob, step: Step): boolean {
  const known = new Map<number, boolean>();
  const at = (mine: number, theirs: number): boolean => {
    const key = mine * (right.length + 1) + theirs;
    const result =
      known.get(key) ?? step(left[mine], right[theirs], (ofLeft, ofRight) => at(mine + ofLeft, theirs + ofRight));
    known.set(key, result);
    return result;
  };
  return at(0, 0);
}
