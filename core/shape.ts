/** Reads configuration of unknown shape step by step; every refusal says where and why. */
import { type ErrorCode, FieldsealError } from "./errors.ts";

/** A value of a configuration, and its place as a JSON path. */
export class Shape {
  readonly value: unknown;
  readonly place: string;
  readonly code: ErrorCode;

  constructor(value: unknown, place: string, code: ErrorCode = "policy_invalid") {
    this.value = value;
    this.place = place;
    this.code = code;
  }

  refuse(reason: string): FieldsealError {
    return new FieldsealError(this.code, { place: this.place, reason });
  }

  /** Refuses an object that has any other member than these, and anything that is no object. */
  allow(...names: readonly string[]): void {
    const unknown = Object.keys(this.#members()).find((name) => !names.includes(name));
    if (unknown === undefined) return;
    throw this.refuse(`There is no setting ${JSON.stringify(unknown)} here; there are ${names.join(", ")}.`);
  }

  member(name: string): Shape {
    const found = this.optional(name);
    if (found === undefined) throw this.refuse(`The setting ${JSON.stringify(name)} is missing.`);
    return found;
  }

  optional(name: string): Shape | undefined {
    const members = this.#members();
    return Object.hasOwn(members, name) ? new Shape(members[name], `${this.place}.${name}`, this.code) : undefined;
  }

  items(atLeast = 0): readonly Shape[] {
    const { value } = this;
    if (!Array.isArray(value)) throw this.refuse("A list is needed here.");
    if (value.length < atLeast) throw this.refuse(`At least ${atLeast} must stand here.`);
    return value.map((item: unknown, index) => new Shape(item, `${this.place}[${index}]`, this.code));
  }

  text(): string {
    if (typeof this.value !== "string" || this.value === "") throw this.refuse("A text is needed here.");
    return this.value;
  }

  flag(): boolean {
    if (typeof this.value !== "boolean") throw this.refuse("true or false is needed here.");
    return this.value;
  }

  integer(lowest: number, highest: number): number {
    const { value } = this;
    if (typeof value !== "number" || !Number.isInteger(value) || value < lowest || value > highest) {
      throw this.refuse(`A whole number from ${lowest} to ${highest} is needed here.`);
    }
    return value;
  }

  choice<T extends string>(...choices: readonly T[]): T {
    const chosen = choices.find((choice) => choice === this.value);
    if (chosen === undefined) throw this.refuse(`One of ${choices.join(", ")} is needed here.`);
    return chosen;
  }

  #members(): Readonly<Record<string, unknown>> {
    const { value } = this;
    if (!isRecord(value)) throw this.refuse("An object is needed here.");
    return value;
  }
}

/** Whether a value is a plain object, to be read member by member. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
