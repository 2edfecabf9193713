/** Policy files, keys and other files in a folder of their own, for tests of commands. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keys } from "./edge.ts";

export interface Folder {
  readonly path: (name: string) => string;
  readonly write: (name: string, content: string | Buffer) => string;
  readonly read: (name: string) => string;
  /** A policy over the two test keys; rules without a path cover `/people`. */
  readonly writePolicy: (name: string, rules: readonly object[], settings?: object) => string;
  readonly remove: () => void;
}

export function makeFolder(): Folder {
  const folder = mkdtempSync(join(tmpdir(), "fieldseal-command-"));
  const path = (name: string): string => join(folder, name);
  const write = (name: string, content: string | Buffer): string => {
    writeFileSync(path(name), content);
    return path(name);
  };
  for (const { id, publicKeyPem, privateKeyPem } of keys) {
    write(`${id}.pem`, publicKeyPem);
    write(`${id}.key`, privateKeyPem);
  }
  return {
    path,
    write,
    read: (name) => readFileSync(path(name), "utf8"),
    writePolicy: (name, rules, settings = {}) =>
      write(
        name,
        JSON.stringify({
          version: 1,
          otherwise: "pass",
          recipients: keys.map(({ id, keyArn, prefix, suffix }) => ({
            id,
            keyArn,
            prefix,
            suffix,
            publicKeyFile: `${id}.pem`,
          })),
          rules: rules.map((rule) => ({ path: "/people", recipient: "01", ...rule })),
          ...settings,
        }),
      ),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
