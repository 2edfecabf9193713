/**
 * `npm run messages`: writes every message in the sources, by folder and file, to test/messages/. A test compares these
 * files with the sources, so that each change of a message shows in a list that people read.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse } from "@babel/parser";

const root = resolve(import.meta.dirname, "..");

/** The folders whose messages are listed, each in a file of its name. */
export const messageFolders = ["core", "edge", "decryptor", "watch", "infra", "local"] as const;

/** Where the messages of a folder are listed. */
export function messageFile(folder: string): string {
  return join(root, "test/messages", `${folder}.txt`);
}

/** Every message of a folder's sources, under the name of its file. `{name}` marks a value in a message. */
export function listMessages(folder: string): string {
  const files = readdirSync(join(root, folder), { recursive: true, encoding: "utf8" });
  const lists = files.sort().flatMap((name) => {
    const file = join(folder, name);
    const texts = name.endsWith(".ts") ? readMessages(readFileSync(join(root, file), "utf8")) : [];
    return texts.length === 0 ? [] : [[file, ...texts.map((text) => `  ${text.replaceAll("\n", "\\n")}`), ""]];
  });
  return lists.flat().join("\n");
}

/** The texts of a source that have two words, or a word and a value. Most names, formats and patterns have neither. */
export function readMessages(source: string): readonly string[] {
  const found: string[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) visit(item);
    if (!isNode(value)) return;
    const quoted: unknown[] = [];
    const text = readText(value, quoted);
    if (text !== undefined && prose.test(text)) found.push(text);
    for (const child of text === undefined ? Object.values(value) : quoted) visit(child);
  };
  visit(parse(source, { sourceType: "module", plugins: ["typescript"] }).program);
  return found;
}

/** A word, and a word or a value after it. */
const prose = /\p{L}[,;:.!?"')\]}]* [("]?[\p{L}{]/u;

interface Node {
  readonly type: string;
  readonly [property: string]: unknown;
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

/** The text of a literal, a template or a sum of them. Values in it go to `quoted`; `undefined` for other nodes. */
function readText(node: Node, quoted: unknown[]): string | undefined {
  const { type, value, quasis, expressions, operator, left, right } = node;
  if (type === "StringLiteral") return String(value);
  if (type === "TemplateLiteral" && Array.isArray(quasis) && Array.isArray(expressions)) {
    return quasis
      .map(({ value: { cooked } }, index) => cooked + (index in expressions ? quote(expressions[index], quoted) : ""))
      .join("");
  }
  if (type !== "BinaryExpression" || operator !== "+") return undefined;
  const parts = [left, right].map((part) => (isNode(part) ? readText(part, quoted) : undefined));
  if (parts.every((part) => part === undefined)) return undefined;
  return [left, right].map((part, index) => parts[index] ?? quote(part, quoted)).join("");
}

/** `{name}`, by the variable, member or function that gives the value. */
function quote(value: unknown, quoted: unknown[]): string {
  quoted.push(value);
  return `{${nameOf(value) ?? "…"}}`;
}

function nameOf(value: unknown): string | undefined {
  if (!isNode(value)) return undefined;
  const { type, name, property, callee } = value;
  if (type === "Identifier") return String(name);
  if (type === "MemberExpression") return nameOf(property);
  if (type !== "CallExpression" || !isNode(callee)) return undefined;
  const args = value["arguments"];
  if (callee.type !== "MemberExpression") return nameOf(callee);
  return nameOf(callee["object"]) === "JSON" && Array.isArray(args) ? nameOf(args[0]) : nameOf(callee["object"]);
}

if (import.meta.main) for (const folder of messageFolders) writeFileSync(messageFile(folder), listMessages(folder));
