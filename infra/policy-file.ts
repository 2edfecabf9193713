/** Reads a policy file and the public keys that it names, and checks all of it before anything is built from it. */
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { FieldsealError } from "../core/errors.ts";
import { kindOf, nameOf, nextOf, parseJson } from "../core/json/document.ts";
import type { CompiledPolicy } from "../core/policy.ts";
import { compilePolicy } from "../core/policy-compiler.ts";
import { Shape } from "../core/shape.ts";
import { requireRsaPublicKey } from "./public-key.ts";

/** Throws `policy_invalid` or `recipient_invalid` with place and reason. */
export function readPolicyFile(file: string): CompiledPolicy {
  const source = parseSource(readText(file, "policy"));
  return compilePolicy(source, readPublicKeys(source, dirname(resolve(file))));
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

function readPublicKeys(source: unknown, folder: string): ReadonlyMap<string, string> {
  const recipients = new Shape(source, "$").member("recipients").items(1);
  return new Map(
    recipients.map((item) => {
      const file = item.member("publicKeyFile");
      const pem = readText(resolve(folder, file.text()), "public key");
      requireRsaPublicKey(pem, file);
      return [item.member("id").text(), pem] as const;
    }),
  );
}
