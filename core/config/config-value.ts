/** Reads a configuration step by step. Every error says where and why. */
import { type ErrorCode, FieldsealError } from "../errors.ts";
import { suggest } from "./did-you-mean.ts";
import { type ConfigPlace, type Issue, issueOf, placeOf } from "./issue.ts";

/**
 * A value of a configuration, and its place as a JSON path. Methods that read the value throw an error with `code`,
 * place and reason for a mistake.
 */
export class ConfigValue {
  readonly value: unknown;
  readonly place: ConfigPlace;
  readonly code: ErrorCode;
  /** Collects mistakes. `undefined`: the first mistake is thrown. */
  readonly issues: Issue[] | undefined;

  constructor(value: unknown, place: ConfigPlace, code: ErrorCode = "policy_invalid", issues?: Issue[]) {
    this.value = value;
    this.place = place;
    this.code = code;
    this.issues = issues;
  }

  /** Makes an error for this value. */
  refuse(reason: string): FieldsealError {
    return new FieldsealError(this.code, { place: this.place, reason });
  }

  /** True if a mistake was collected at exactly this place. */
  get isRefused(): boolean {
    return this.issues?.some(({ severity, place }) => severity === "error" && place === this.place) ?? false;
  }

  /** Collects a mistake and lets the caller read on, or throws it where mistakes are not collected. */
  report(reason: string, within: Pick<Issue, "offset" | "atName"> = {}): void {
    if (this.issues === undefined) throw this.refuse(reason);
    this.#add({ severity: "error", code: this.code, place: this.place, reason, ...within });
  }

  /** Collects a warning: the value is valid, but probably not what was meant. */
  warn(reason: string, within: Pick<Issue, "offset"> = {}): void {
    this.#add({ severity: "warning", code: this.code, place: this.place, reason, ...within });
  }

  /**
   * Returns the result of `check`. If it throws and mistakes are collected, collects the error and returns `undefined`.
   */
  attempt<T>(check: () => T): T | undefined {
    try {
      return check();
    } catch (error) {
      if (this.issues === undefined || !(error instanceof FieldsealError)) throw error;
      this.#add(issueOf(error, this.place));
      return undefined;
    }
  }

  /** Reports members with other names. Throws for a value that is not an object. */
  allow(...names: readonly string[]): void {
    for (const name of Object.keys(this.#members())) {
      if (names.includes(name)) continue;
      const text = JSON.stringify(name);
      this.#child(name).report(`Unknown setting ${text}.${suggest(name, names)} Allowed: ${names.join(", ")}.`, {
        atName: true,
      });
    }
  }

  /** A required member. */
  member(name: string): ConfigValue {
    const found = this.optional(name);
    if (found === undefined) throw this.refuse(`The setting ${JSON.stringify(name)} is missing.`);
    return found;
  }

  /** A member; `undefined` if it is missing. */
  optional(name: string): ConfigValue | undefined {
    return Object.hasOwn(this.#members(), name) ? this.#child(name) : undefined;
  }

  /** The members of an object by their names, in order. */
  members(): readonly (readonly [string, ConfigValue])[] {
    return Object.keys(this.#members()).map((name) => [name, this.#child(name)]);
  }

  /** The items of a list of at least `atLeast`. Reports items that equal an earlier one. */
  items(atLeast = 0): readonly ConfigValue[] {
    const { value } = this;
    if (!Array.isArray(value)) throw this.refuse("Expected a list.");
    if (value.length < atLeast) throw this.refuse(`Expected at least ${atLeast} item${atLeast === 1 ? "" : "s"}.`);
    const seen = new Map<string, string>();
    return value.map((item: unknown, index) => {
      const entry = new ConfigValue(item, placeOf(this.place, index), this.code, this.issues);
      const text = JSON.stringify(item, sortMembers);
      const earlier = seen.get(text);
      if (earlier !== undefined) entry.report(`This repeats ${earlier}. Remove one of the two.`);
      else seen.set(text, entry.place);
      return entry;
    });
  }

  /** A string of at least one character. */
  text(): string {
    if (typeof this.value !== "string" || this.value === "") throw this.refuse("Expected a string that is not empty.");
    return this.value;
  }

  /** `true` or `false`. */
  flag(): boolean {
    if (typeof this.value !== "boolean") throw this.refuse("Expected true or false.");
    return this.value;
  }

  /** A whole number from `lowest` to `highest`. */
  integer(lowest: number, highest: number): number {
    const { value } = this;
    if (typeof value !== "number" || !Number.isInteger(value) || value < lowest || value > highest) {
      throw this.refuse(`Expected a whole number from ${lowest} to ${highest}.`);
    }
    return value;
  }

  /** One of `choices`. */
  choice<T extends string>(...choices: readonly T[]): T {
    const chosen = choices.find((choice) => choice === this.value);
    if (chosen === undefined)
      throw this.refuse(`Expected one of ${choices.join(", ")}.${suggest(this.value, choices)}`);
    return chosen;
  }

  /** One of `names`, which the configuration defines elsewhere. `what` is the word for them in messages. */
  reference(what: string, names: readonly string[]): string {
    const name = this.text();
    if (names.includes(name)) return name;
    const named = names.filter((each) => each !== "");
    const known = named.length === 0 ? `No ${what} is defined.` : `Known: ${named.join(", ")}.`;
    throw this.refuse(`Unknown ${what} ${JSON.stringify(name)}.${suggest(name, names)} ${known}`);
  }

  #child(name: string): ConfigValue {
    return new ConfigValue(this.#members()[name], placeOf(this.place, name), this.code, this.issues);
  }

  #add(issue: Issue): void {
    const isKnown = this.issues?.some(({ place, reason }) => place === issue.place && reason === issue.reason) ?? true;
    if (!isKnown) this.issues?.push(issue);
  }

  #members(): Readonly<Record<string, unknown>> {
    const { value } = this;
    if (!isRecord(value)) throw this.refuse("Expected an object.");
    return value;
  }
}

/** Sorts the members of objects, so that equal values give equal JSON. */
function sortMembers(_: string, value: unknown): unknown {
  return isRecord(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value;
}

/** True for an object that is not an array. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
