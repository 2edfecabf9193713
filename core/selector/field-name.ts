/**
 * Names of fields, in all formats: `person.ssn` is the member `ssn` of `person` in JSON, the form fields `person.ssn`
 * and `person[ssn]`, the element or attribute `ssn` in the element `person`, the CSV column `person.ssn`.
 */
import { FieldsealError } from "../errors.ts";
import { matchesWildcard, parseWildcard, type Wildcard } from "./wildcard.ts";

/** A pattern for names, with `*` anywhere. */
export interface FieldPattern {
  /** For each of the names in turn. */
  readonly components: readonly Wildcard[];
  /** For the whole of a dotted name, where an asterisk can stand for dots too. */
  readonly whole: Wildcard;
}

/** Throws `policy_invalid` for a text that no field can match. */
export function parseFieldPattern(text: string): FieldPattern {
  const components = splitFieldName(text);
  if (!hasClosedBrackets(text)) {
    throw new FieldsealError("policy_invalid", {
      reason: `The field name ${JSON.stringify(text)} has a bracket that is not closed or not opened.`,
    });
  }
  if (components.includes("") || /[\u0000-\u001f]/.test(text) || !text.isWellFormed()) {
    throw new FieldsealError("policy_invalid", { reason: `The field name ${JSON.stringify(text)} has an empty part.` });
  }
  if (text !== text.trim()) {
    throw new FieldsealError("policy_invalid", {
      reason: `The field name ${JSON.stringify(text)} has a blank around it, which is no part of a name.`,
    });
  }
  return { components: components.map(parseWildcard), whole: parseWildcard(components.join(".")) };
}

function hasClosedBrackets(text: string): boolean {
  return !/[[\]]/.test(text.replace(/\[[^[\]]*\]/g, ""));
}

const structurePattern = /[[\].\s]/;

/** The names that a form field's name is made of: `a[b][0].c` and `a.b[0][c]` are both a, b, 0, c; `a[]` is a. */
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

/** A name in one piece as readers take it apart: each reading is what somebody's server does. */
export type FieldName = readonly FieldReading[];

interface FieldReading {
  readonly names: readonly string[];
  /** With dots between them. */
  readonly joined: string;
}

/** All readings of a name, given in each spelling that it may be read in. */
export function readFieldName(...spellings: readonly string[]): FieldName {
  return spellings.flatMap((name) => {
    if (!structurePattern.test(name)) return [{ names: [name], joined: name }];
    return readNames(name).map((names) => ({ names, joined: names.join(".") }));
  });
}

/** Steps that it takes to match a name with one pattern. */
export function countSteps(name: FieldName): number {
  return name.reduce((sum, { names }) => sum + names.length, 0);
}

/**
 * Whether a field with a name in one piece is selected: the pattern's names stand in a row anywhere among those that
 * its name is made of, so that a name selects fields at any depth, and everything within them.
 */
export function matchesFieldName({ components, whole }: FieldPattern, name: FieldName): boolean {
  return name.some(({ names, joined }) => {
    for (let start = 0; start + components.length <= names.length; start++) {
      if (matchesNames(components, (index) => names[start + index])) return true;
    }
    return matchesWildcard(whole, joined);
  });
}

/** The same of a name that is matched once only. */
export function matchesField(pattern: FieldPattern, name: string): boolean {
  return matchesFieldName(pattern, readFieldName(name));
}

/** The names that readers make of one that has a structure. */
function readNames(name: string): readonly string[][] {
  const trimmed = name.trim();
  // PHP reads dots and blanks in front of any bracket as underscores, and so it does with a bracket that is never
  // closed.
  const open = trimmed.indexOf("[");
  const closed = open >= 0 && trimmed.includes("]", open);
  const head = closed ? trimmed.slice(0, open) : trimmed;
  const underscored = head.replace(closed ? /[.\s]/g : /[.\s[]/g, "_") + trimmed.slice(head.length);
  const readings: string[] = [trimmed, underscored];
  // PHP and qs ignore what is between a closing bracket and the next opening one, or the end. qs also
  // takes a dot for an opening bracket and puts the closing one behind the name.
  if (/\][^[]/.test(trimmed)) {
    const bracketed = [...readings, trimmed.replace(/\.([^.[]+)/g, "[$1]")];
    readings.push(...bracketed.map((reading) => reading.replace(/(\[[^[\]]*\])[^[]+/g, "$1")));
  }
  return readings.map((reading) => splitFieldName(reading).map((component) => component.trim()));
}

/**
 * Whether a field in a tree is selected. `nameAt` gives its own name for 0, that of what it is in for 1, and so on.
 */
export function matchesTreeField({ components }: FieldPattern, nameAt: (level: number) => string | undefined): boolean {
  return matchesNames(components, (index) => nameAt(components.length - 1 - index));
}

function matchesNames(components: readonly Wildcard[], nameAt: (index: number) => string | undefined): boolean {
  // From the last one, which differs most.
  for (let index = components.length - 1; index >= 0; index--) {
    const name = nameAt(index);
    const component = components[index];
    if (name === undefined || component === undefined || !matchesWildcard(component, name)) return false;
  }
  return true;
}
