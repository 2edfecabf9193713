/** Reads a policy file and the public keys that it names, and checks all of it before anything is built from it. */
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { FieldsealError } from "../core/errors.ts";
import { kindOf, nameOf, nextOf, parseJson } from "../core/json/document.ts";
import { type Policy, parsePolicy } from "../core/policy.ts";
import { rfc9535 } from "../core/selector/dialect.ts";
import { jsonpathPlus } from "../core/selector/jsonpath-plus.ts";
import { isRecord, Shape } from "../core/shape.ts";
import { requireRsaPublicKey } from "./public-key.ts";

export interface PolicyFile {
  readonly policy: Policy;
  /** The policy as it stands in the file. */
  readonly source: unknown;
  /** PEM of the recipients' public keys, by recipient id. */
  readonly publicKeys: Readonly<Record<string, string>>;
  /** Whether a rule asks for the dialect of jsonpath-plus, which only then is shipped. */
  readonly usesJsonpathPlus: boolean;
}

/** Throws `policy_invalid` or `recipient_invalid` with place and reason. */
export function readPolicyFile(file: string): PolicyFile {
  const source = parseSource(readText(file, "policy"));
  const publicKeys = readPublicKeys(source, dirname(resolve(file)));
  const policy = parsePolicy(source, new Map(Object.entries(publicKeys)), [rfc9535, jsonpathPlus]);
  return { policy, source, publicKeys, usesJsonpathPlus: asksForJsonpathPlus(source) };
}

function readText(file: string, what: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    throw new FieldsealError("policy_invalid", { reason: `The ${what} file ${file} cannot be read.` });
  }
}

/** `JSON.parse` would keep the last of two members of a name and say nothing. */
function parseSource(text: string): unknown {
  let document;
  try {
    document = parseJson(text, 100);
  } catch (error) {
    if (!(error instanceof FieldsealError)) throw error;
    const before = text.slice(0, error.facts.offset ?? 0).split("\n");
    throw new FieldsealError("policy_invalid", {
      reason: `The policy is not JSON: look at line ${before.length}, column ${(before.at(-1) ?? "").length + 1}.`,
    });
  }
  for (let node = 0; node < document.size; node++) {
    if (kindOf(document, node) !== "object") continue;
    const names = new Set<string>();
    for (let child = node + 1; child < nextOf(document, node); child = nextOf(document, child)) {
      const name = nameOf(document, child);
      if (names.has(name)) {
        throw new FieldsealError("policy_invalid", { reason: `The setting ${JSON.stringify(name)} stands twice in one object.` });
      }
      names.add(name);
    }
  }
  return JSON.parse(text.replace(/^\ufeff/, ""));
}

function readPublicKeys(source: unknown, folder: string): Readonly<Record<string, string>> {
  const recipients = new Shape(source, "$").member("recipients").items(1);
  return Object.fromEntries(
    recipients.map((item) => {
      const file = item.member("publicKeyFile");
      const pem = readText(resolve(folder, file.text()), "public key");
      requireRsaPublicKey(pem, file);
      return [item.member("id").text(), pem];
    }),
  );
}

function asksForJsonpathPlus(source: unknown): boolean {
  const rules: unknown = isRecord(source) ? source["rules"] : undefined;
  return Array.isArray(rules) && rules.some((rule: unknown) => isRecord(rule) && rule["dialect"] === jsonpathPlus.name);
}
