/** Masks: what a reader gets of a value that it may not see as a whole. None tells how long the value is. */

export const masks = {
  /** Digits and letters alone are counted. Of a short value four characters would tell too much. */
  "last-four": (characters: string): string => {
    const counted = [...characters].filter((character) => /[\p{L}\p{N}]/u.test(character));
    return counted.length < 8 ? hidden : hidden + counted.slice(-4).join("");
  },
  "email-domain": (characters: string): string => {
    const at = characters.lastIndexOf("@");
    return at < 1 || at === characters.length - 1 ? hidden : hidden + characters.slice(at);
  },
  "first-letter": (characters: string): string => {
    const [first, second] = new Intl.Segmenter("und", { granularity: "grapheme" }).segment(characters);
    return first === undefined || second === undefined ? hidden : first.segment + hidden;
  },
  "birth-year": (characters: string): string => {
    const [, before, after] = /^\s*(?:(\d{4})[-/.]?\d{1,2}[-/.]?\d{1,2}(?:T.*)?|\d{1,2}[-/. ]\d{1,2}[-/. ](\d{4}))\s*$/.exec(characters) ?? [];
    return before ?? after ?? hidden;
  },
} as const;

const hidden = "****";

export type MaskName = keyof typeof masks;
