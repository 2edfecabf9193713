/** Pseudorandom choices, the same in every run. All files share one sequence, so the order of calls matters. */

/** Mulberry32, a small generator of pseudorandom numbers, the same on every machine. */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below);
  };
}

/** A whole number from 0 to less than its argument. */
export const random = createRandom(20_260_101);

/** One of several items. */
export function pick<T>(items: readonly [T, ...T[]]): T {
  return items[random(items.length)] ?? items[0];
}

/** A text of characters of an alphabet. */
export function pickText(alphabet: string, length: number): string {
  return Array.from({ length }, () => alphabet[random(alphabet.length)]).join("");
}

/** A text of decimal digits. */
export function digits(length: number): string {
  return pickText("0123456789", length);
}

/** A to Z. */
export const capitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
/** The digits of hexadecimal numbers. */
export const hex = "0123456789abcdef";
/** The alphabet of base64. */
export const base64 = `${capitals}${capitals.toLowerCase()}0123456789+/`;

/** The numbers from 0 to less than `count`. */
export function range(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/** A number with at least two digits. */
export function two(number: number): string {
  return String(number).padStart(2, "0");
}

/** A text cut into groups of these sizes, with the rest as a last group, joined by a separator. */
export function group(text: string, sizes: readonly number[], separator: string): string {
  let at = 0;
  const groups = sizes.map((size) => text.slice(at, (at += size)));
  return [...groups, text.slice(at)].filter((part) => part !== "").join(separator);
}
