/** Pseudorandom choices, the same at every run: all files draw from one sequence, so their order of calls counts. */

/** Mulberry32: a small generator of pseudorandom numbers, the same everywhere. */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below);
  };
}

/** A whole number from 0 to below its argument. */
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

/** The numbers from 0 to below `count`. */
export function range(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/** A number with two digits at least. */
export function two(number: number): string {
  return String(number).padStart(2, "0");
}

/** A text in groups of these sizes, what is left in a last one, with a separator between. */
export function group(text: string, sizes: readonly number[], separator: string): string {
  let at = 0;
  const groups = sizes.map((size) => text.slice(at, (at += size)));
  return [...groups, text.slice(at)].filter((part) => part !== "").join(separator);
}
