/** Names of characters in HTML: those of tokens, and those that escapes are made of (HTML, section 13.5). */

const characters: ReadonlyMap<string, string> = new Map([
  ["amp", "&"],
  ["ast", "*"],
  ["bsol", "\\"],
  ["dash", "-"],
  ["equals", "="],
  ["excl", "!"],
  ["hyphen", "-"],
  ["lowbar", "_"],
  ["midast", "*"],
  ["newline", "\n"],
  ["num", "#"],
  ["percnt", "%"],
  ["period", "."],
  ["plus", "+"],
  ["quot", '"'],
  ["sol", "/"],
  ["tab", "\t"],
  ["underbar", "_"],
]);

/** The names of a character, in lower case. */
export function entityNamesOf(character: string): readonly string[] {
  return [...characters].flatMap(([name, value]) => (value === character ? [name] : []));
}

/**
 * The character of an entity, from what is between `&` and `;`: a name in either case, or a number. `undefined` for
 * other names, and beyond ASCII, since tokens have nothing else.
 */
export function characterOfEntity(entity: string): string | undefined {
  const [, hex, decimal] = /^#(?:[xX]([0-9A-Fa-f]+)|([0-9]+))$/.exec(entity) ?? [];
  if (hex === undefined && decimal === undefined) return characters.get(entity.toLowerCase());
  const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
  return code < 0x80 ? String.fromCharCode(code) : undefined;
}
