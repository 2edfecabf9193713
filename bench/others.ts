/** What others do for the same request: parse, encrypt field by field, serialise. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import forge from "node-forge";
import { isRecord } from "../core/config/config-value.ts";
import { type BenchKey, type Person, sensitiveNames } from "./bodies.ts";

/** The loop of the published sample on node-forge's RSA. */
export function createForgeContestant(key: BenchKey, body: string): () => string {
  const publicKey = forge.pki.publicKeyFromPem(key.publicKeyPem);
  const scheme = { md: forge.md.sha256.create(), mgf1: { md: forge.md.sha256.create() } };
  return () => {
    const people: unknown = JSON.parse(body);
    const encrypted = (Array.isArray(people) ? people : []).filter(isRecord).map((person) => {
      const fields = sensitiveNames.map((name) => {
        const ciphertext = publicKey.encrypt(forge.util.encodeUtf8(String(person[name])), "RSA-OAEP", scheme);
        return [name, `#01#${forge.util.encode64(ciphertext)}#10#`];
      });
      return { ...person, ...Object.fromEntries(fields) };
    });
    return JSON.stringify(encrypted);
  };
}

/** Median milliseconds of `python-sample.py` for these persons, or why it could not be measured. */
export function measurePythonSample(key: BenchKey, people: readonly Person[]): number | string {
  const { status, stdout } = spawnSync(
    process.env["PYTHON"] ?? "python3",
    [join(import.meta.dirname, "python-sample.py")],
    {
      input: JSON.stringify({ key: key.publicKeyPem, names: sensitiveNames, people }),
      encoding: "utf8",
    },
  );
  if (status === 3) return "no pycryptodome";
  return status === 0 ? Number(stdout) : "no python3";
}
