/** Reads a configuration step by step; every refusal says where and why. */
import { type ErrorCode, FieldsealError } from "../errors.ts";
import { suggest } from "./did-you-mean.ts";
import { type ConfigPlace, type Issue, issueOf, placeOf } from "./issue.ts";

/** A value of a configuration, and its place as a JSON path. Each reading method throws, or reports, what is wrong. */
export class ConfigValue {
  readonly value: unknown;
  readonly place: ConfigPlace;
  readonly code: ErrorCode;
  /** Where mistakes are collected; without it, the first one is thrown. */
  readonly issues: Issue[] | undefined;

  constructor(value: unknown, place: ConfigPlace, code: ErrorCode = "policy_invalid", issues?: Issue[]) {
    this.value = value;
    this.place = place;
    this.code = code;
    this.issues = issues;
  }

  /** The error that says why this value is not valid. */
  refuse(reason: string): FieldsealError {
    return new FieldsealError(this.code, { place: this.place, reason });
  }

  /** Whether a mistake was collected at this very place. */
  get isRefused(): boolean {
    return this.issues?.some(({ severity, place }) => severity === "error" && place === this.place) ?? false;
  }

  /** Collects a mistake that does not keep the rest from being read, or throws it. */
  report(reason: string, within: Pick<Issue, "offset" | "atName"> = {}): void {
    if (this.issues === undefined) throw this.refuse(reason);
    this.#add({ severity: "error", code: this.code, place: this.place, reason, ...within });
  }

  /** Collects what is valid and most likely not meant. */
  warn(reason: string, within: Pick<Issue, "offset"> = {}): void {
    this.#add({ severity: "warning", code: this.code, place: this.place, reason, ...within });
  }

  /** What a check gives; `undefined` where it throws and mistakes are collected. */
  attempt<T>(check: () => T): T | undefined {
    try {
      return check();
    } catch (error) {
      if (this.issues === undefined || !(error instanceof FieldsealError)) throw error;
      this.#add(issueOf(error, this.place));
      return undefined;
    }
  }

  /** Refuses members that have any other name than these, and throws for anything that is no object. */
  allow(...names: readonly string[]): void {
    for (const name of Object.keys(this.#members())) {
      if (names.includes(name)) continue;
      const text = JSON.stringify(name);
      this.#child(name).report(
        `There is no setting ${text} here.${suggest(name, names)} There are ${names.join(", ")}.`,
        { atName: true },
      );
    }
  }

  /** A member that must be there. */
  member(name: string): ConfigValue {
    const found = this.optional(name);
    if (found === undefined) throw this.refuse(`The setting ${JSON.stringify(name)} is missing.`);
    return found;
  }

  /** A member, if it is there. */
  optional(name: string): ConfigValue | undefined {
    return Object.hasOwn(this.#members(), name) ? this.#child(name) : undefined;
  }

  /** The members of an object by their names, in order. */
  members(): readonly (readonly [string, ConfigValue])[] {
    return Object.keys(this.#members()).map((name) => [name, this.#child(name)]);
  }

  /** The items of a list of at least so many. Reports those that equal an earlier one. */
  items(atLeast = 0): readonly ConfigValue[] {
    const { value } = this;
    if (!Array.isArray(value)) throw this.refuse("A list is needed here.");
    if (value.length < atLeast) throw this.refuse(`At least ${atLeast} must stand here.`);
    const seen = new Map<string, string>();
    return value.map((item: unknown, index) => {
      const entry = new ConfigValue(item, placeOf(this.place, index), this.code, this.issues);
      const text = JSON.stringify(item, sortMembers);
      const earlier = seen.get(text);
      if (earlier !== undefined) entry.report(`The same stands at ${earlier} already.`);
      else seen.set(text, entry.place);
      return entry;
    });
  }

  /** A text of at least one character. */
  text(): string {
    if (typeof this.value !== "string" || this.value === "") throw this.refuse("A text is needed here.");
    return this.value;
  }

  /** `true` or `false`. */
  flag(): boolean {
    if (typeof this.value !== "boolean") throw this.refuse("true or false is needed here.");
    return this.value;
  }

  /** A whole number within bounds. */
  integer(lowest: number, highest: number): number {
    const { value } = this;
    if (typeof value !== "number" || !Number.isInteger(value) || value < lowest || value > highest) {
      throw this.refuse(`A whole number from ${lowest} to ${highest} is needed here.`);
    }
    return value;
  }

  /** One of some texts. */
  choice<T extends string>(...choices: readonly T[]): T {
    const chosen = choices.find((choice) => choice === this.value);
    if (chosen === undefined)
      throw this.refuse(`One of ${choices.join(", ")} is needed here.${suggest(this.value, choices)}`);
    return chosen;
  }

  /** The name of something that is elsewhere in the configuration. */
  reference(what: string, names: readonly string[]): string {
    const name = this.text();
    if (names.includes(name)) return name;
    const known = names.length === 0 ? "there are none" : `there are ${names.join(", ")}`;
    throw this.refuse(`There is no ${what} ${JSON.stringify(name)}; ${known}.${suggest(name, names)}`);
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
    if (!isRecord(value)) throw this.refuse("An object is needed here.");
    return value;
  }
}

/** For texts that are the same for equal values. */
function sortMembers(_: string, value: unknown): unknown {
  return isRecord(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value;
}

/** Whether a value is a plain object, to be read member by member. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
