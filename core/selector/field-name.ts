/**
 * Names of fields, in all formats: `person.ssn` is the member `ssn` of `person` in JSON, the form fields `person.ssn`
 * and `person[ssn]`, the element or attribute `ssn` in the element `person`, the CSV column `person.ssn`.
 */
import { FieldsealError } from "../errors.ts";
import { matchesWildcard, parseWildcard, type Wildcard } from "./wildcard.ts";

/** A pattern for names of fields. `*` matches any characters. */
export interface FieldPattern {
  /** One for each of the names in order. */
  readonly components: readonly Wildcard[];
  /** For the names joined by dots: here an asterisk matches dots too. */
  readonly whole: Wildcard;
}

/** Parses a name in a policy. Throws `policy_invalid` with the reason for a text that no field can match. */
export function parseFieldPattern(text: string): FieldPattern {
  const components = splitFieldName(text);
  const flaw = findFlaw(text, components);
  if (flaw !== undefined)
    throw new FieldsealError("policy_invalid", { reason: `The field name ${JSON.stringify(text)} ${flaw}` });
  return { components: components.map(parseWildcard), whole: parseWildcard(components.join(".")) };
}

function findFlaw(text: string, components: readonly string[]): string | undefined {
  if (/[[\]]/.test(text.replace(/\[[^[\]]*\]/g, ""))) return "has a bracket without its counterpart.";
  if (/[\u0000-\u001f]/.test(text)) return "has a control character.";
  if (!text.isWellFormed()) return "has half of a surrogate pair.";
  if (components.includes("")) return "has an empty part. Write a name on each side of a dot, as in person.ssn.";
  return text === text.trim() ? undefined : "begins or ends with a space. Remove it.";
}

const structurePattern = /[[\].\s]/;

/** Splits the name of a field: `a[b][0].c` and `a.b[0][c]` both give a, b, 0, c; `a[]` gives a. */
export function splitFieldName(name: string): string[] {
  if (!structurePattern.test(name)) return [name];
  const dotted = name
    .trim()
    .replaceAll("[]", "")
    .replace(/\]\s*\[/g, ".")
    .replace(/\.?\[/g, ".")
    .replaceAll("]", "");
  return dotted.split(".");
}

/** All ways in which servers split a name. */
export type FieldName = readonly FieldReading[];

interface FieldReading {
  readonly names: readonly string[];
  /** The names joined by dots. */
  readonly joined: string;
}

/** All readings of a name. `spellings` are the texts that servers may decode it to. */
export function readFieldName(...spellings: readonly string[]): FieldName {
  return spellings.flatMap((name) => {
    if (!structurePattern.test(name)) return [{ names: [name], joined: name }];
    return readNames(name).map((names) => ({ names, joined: names.join(".") }));
  });
}

/** The steps of matching a name with one pattern. */
export function countSteps(name: FieldName): number {
  return name.reduce((sum, { names }) => sum + names.length, 0);
}

/**
 * True if a pattern selects a field of a flat format, such as a form: the names of the pattern follow each other
 * anywhere among the names of the field. So a name selects fields at any depth, and everything within them.
 */
export function matchesFieldName({ components, whole }: FieldPattern, name: FieldName): boolean {
  return name.some(({ names, joined }) => {
    for (let start = 0; start + components.length <= names.length; start++) {
      if (matchesNames(components, (index) => names[start + index])) return true;
    }
    return matchesWildcard(whole, joined);
  });
}

/** True if a pattern selects a field, for a name that is matched only once. */
export function matchesField(pattern: FieldPattern, name: string): boolean {
  return matchesFieldName(pattern, readFieldName(name));
}

/** The ways in which servers split a name with dots or brackets. */
function readNames(name: string): readonly string[][] {
  const trimmed = name.trim();
  // PHP reads dots and spaces before any bracket as underscores, and also a bracket that is never closed.
  const open = trimmed.indexOf("[");
  const closed = open >= 0 && trimmed.includes("]", open);
  const head = closed ? trimmed.slice(0, open) : trimmed;
  const underscored = head.replace(closed ? /[.\s]/g : /[.\s[]/g, "_") + trimmed.slice(head.length);
  const readings: string[] = [trimmed, underscored];
  // PHP and qs ignore text between a closing bracket and the next opening one, or the end. qs also reads `.name` as
  // `[name]`.
  if (/\][^[]/.test(trimmed)) {
    const bracketed = [...readings, trimmed.replace(/\.([^.[]+)/g, "[$1]")];
    readings.push(...bracketed.map((reading) => reading.replace(/(\[[^[\]]*\])[^[]+/g, "$1")));
  }
  return readings.map((reading) => splitFieldName(reading).map((component) => component.trim()));
}

/** True if a pattern selects a field in a tree. `nameAt(0)` is its own name, `nameAt(1)` its parent's, and so on. */
export function matchesTreeField({ components }: FieldPattern, nameAt: (level: number) => string | undefined): boolean {
  return matchesNames(components, (index) => nameAt(components.length - 1 - index));
}

function matchesNames(components: readonly Wildcard[], nameAt: (index: number) => string | undefined): boolean {
  // The last name differs most.
  for (let index = components.length - 1; index >= 0; index--) {
    const name = nameAt(index);
    const component = components[index];
    if (name === undefined || component === undefined || !matchesWildcard(component, name)) return false;
  }
  return true;
}
