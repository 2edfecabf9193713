/** Parses the members of a request from unknown JSON. Throws the errors of the real service. */

import { KmsError } from "./errors.ts";

/** The members of a request, unchecked. As in the real service, an operation ignores those that it does not know. */
export type Input = Readonly<Record<string, unknown>>;

/** The least and most value of a number, characters of a text, or bytes of a blob. */
export interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** Parses a request body; an empty one has no members. Throws SerializationException unless it is a JSON object. */
export function parseInput(body: Uint8Array): Input {
  if (body.length === 0) return {};
  const input = parseUtf8Json(body);
  if (typeof input !== "object" || input === null || Array.isArray(input)) throw new KmsError("SerializationException");
  return { ...input };
}

function parseUtf8Json(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    // The parser's own message quotes its input.
    throw new KmsError("SerializationException");
  }
}

/** The text of a member; `undefined` if it is absent or null. */
export function parseText(input: Input, member: string, length: Bounds): string | undefined {
  const text = input[member] ?? undefined;
  if (text === undefined) return undefined;
  if (typeof text !== "string") throw wrongType(member);
  requireLength(text, member, length);
  return text;
}

/** The bytes of a base64 member; `undefined` if it is absent or null. */
export function parseBlob(input: Input, member: string, length: Bounds): Buffer | undefined {
  const text = input[member] ?? undefined;
  if (text === undefined) return undefined;
  if (typeof text !== "string" || !isBase64(text)) throw wrongType(member);
  const bytes = Buffer.from(text, "base64");
  requireLength(bytes, member, length);
  return bytes;
}

function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}

/** A whole number; `undefined` if it is absent or null. */
export function parseInteger(input: Input, member: string, { min, max }: Bounds): number | undefined {
  const value = input[member] ?? undefined;
  if (value === undefined) return undefined;
  if (typeof value !== "number" || !Number.isSafeInteger(value)) throw wrongType(member);
  if (value < min) throw violation(member, `Member must have value greater than or equal to ${min}`, `${value}`);
  if (value > max) throw violation(member, `Member must have value less than or equal to ${max}`, `${value}`);
  return value;
}

/** True or false; false if it is absent or null. */
export function parseFlag(input: Input, member: string): boolean {
  const value = input[member] ?? false;
  if (typeof value !== "boolean") throw wrongType(member);
  return value;
}

/** One of the given words; `undefined` if it is absent or null. */
export function parseChoice<T extends string>(input: Input, member: string, choices: readonly T[]): T | undefined {
  const text = input[member] ?? undefined;
  if (text === undefined) return undefined;
  if (typeof text !== "string") throw wrongType(member);
  const choice = choices.find((candidate) => candidate === text);
  if (choice !== undefined) return choice;
  throw violation(member, `Member must satisfy enum value set: [${choices.join(", ")}]`, text);
}

/** The texts of a list; none if it is absent or null. */
export function parseTexts(input: Input, member: string): readonly string[] {
  const list: unknown = input[member] ?? [];
  if (!Array.isArray(list) || !list.every((item) => typeof item === "string")) throw wrongType(member);
  return list;
}

/** True if a map or structure is present and not empty. */
export function isGiven(input: Input, member: string): boolean {
  const value = input[member] ?? {};
  if (typeof value !== "object" || Array.isArray(value)) throw wrongType(member);
  return Object.keys(value).length > 0;
}

/** The value. Throws ValidationException if it is `undefined`. */
export function requireMember<T>(value: T | undefined, member: string): T {
  if (value !== undefined) return value;
  throw new KmsError("ValidationException", formatViolation("Value null", member, "Member must not be null"));
}

/** A ValidationException in the service's words. It quotes `value`, which must not be secret. */
export function violation(member: string, constraint: string, value?: string): KmsError {
  const subject = value === undefined ? "Value" : `Value '${value}'`;
  return new KmsError("ValidationException", formatViolation(subject, member, constraint));
}

function formatViolation(subject: string, member: string, constraint: string): string {
  // The service names members as its own code does, in camel case.
  const name = member.slice(0, 1).toLowerCase() + member.slice(1);
  return `1 validation error detected: ${subject} at '${name}' failed to satisfy constraint: ${constraint}`;
}

function requireLength({ length }: { readonly length: number }, member: string, { min, max }: Bounds): void {
  if (length < min) throw violation(member, `Member must have length greater than or equal to ${min}`);
  if (length > max) throw violation(member, `Member must have length less than or equal to ${max}`);
}

function wrongType(member: string): KmsError {
  return new KmsError("SerializationException", `${member} has a wrong type`);
}
