/** What may import what: the core is pure, and each third-party library has one place. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, test } from "@jest/globals";

const root = resolve(import.meta.dirname, "../..");

interface Import {
  readonly file: string;
  readonly folder: string;
  readonly specifier: string;
  /** Types are gone when the code runs. */
  readonly typeOnly: boolean;
}

function readImports(folder: string): Import[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .flatMap((name) => {
      const file = join(folder, name);
      const source = readFileSync(join(root, file), "utf8");
      return [...source.matchAll(/^(?:import|export)( type)? (?:[^;]*? from )?"([^"]+)";/gms)].map(
        ([, type, specifier = ""]) => ({
          file,
          folder,
          specifier: specifier.startsWith(".") ? relative(root, resolve(root, dirname(file), specifier)) : specifier,
          typeOnly: type !== undefined,
        }),
      );
    });
}

const imports = ["core", "edge", "decryptor", "infra", "local", "watch"].flatMap(readImports);
const of = (folder: string): readonly Import[] => imports.filter((each) => each.folder === folder);
const top = (specifier: string): string => specifier.split("/")[0] ?? "";

describe("folders", () => {
  test.each([
    ["core", ["core"]],
    ["edge", ["core", "edge"]],
    ["decryptor", ["core", "decryptor"]],
    ["watch", ["core", "watch"]],
  ])("%s imports from %p only", (folder, allowed) => {
    const ours = of(folder).filter(({ specifier }) =>
      /^(core|edge|decryptor|infra|local|bench|test)\//.test(specifier),
    );
    expect(ours.length).toBeGreaterThan(2);
    expect(ours.filter(({ specifier }) => !allowed.includes(top(specifier)))).toEqual([]);
  });

  test("the core does no input or output", () => {
    const builtins = new Set(of("core").flatMap(({ specifier }) => (specifier.startsWith("node:") ? [specifier] : [])));
    const pure = ["node:buffer", "node:crypto", "node:net", "node:zlib"];
    expect([...builtins].filter((builtin) => !pure.includes(builtin))).toEqual([]);
  });
});

test("a caller of the decryptor is one file and one row: nothing but the table imports it", () => {
  const shared = ["decryptor/callers/caller.ts", "decryptor/callers/table.ts"];
  const users = of("decryptor")
    .filter(({ specifier }) => specifier.startsWith("decryptor/callers/") && !shared.includes(specifier))
    .map(({ file, specifier }) => `${specifier} by ${file}`);
  const callers = readdirSync(join(root, "decryptor/callers")).map((name) => `decryptor/callers/${name}`);
  // Snowflake calls through API Gateway: its rows are bodies of HTTP requests.
  const rows = "decryptor/callers/snowflake.ts";
  const expected = callers
    .filter((file) => !shared.includes(file))
    .map((file) => `${file} by decryptor/callers/${file === rows ? "http" : "table"}.ts`);
  expect(users.sort()).toEqual(expected.sort());
});

describe("libraries", () => {
  test.each([
    ["jsonpath-plus", ["core/selector/jsonpath-plus/dialect.ts"]],
    ["node-forge", ["infra/public-key.ts"]],
    ["esbuild", ["infra/bundle.ts"]],
    ["luhn", ["core/detectors/checksum.ts"]],
    ["cdigit", ["core/detectors/checksum.ts"]],
    ["libphonenumber-js", ["core/detectors/phone.ts"]],
    ["@eslint-community/regexpp", ["core/policy-check/compile-pattern.ts"]],
    [
      "@aws-sdk/client-kms",
      [
        "decryptor/handler.ts",
        "decryptor/kms-calls.ts",
        "decryptor/kms.ts",
        "decryptor/main.ts",
        "local/command/keys-kms.ts",
        "local/command/kms-client.ts",
        "local/command/rewrap-keys.ts",
        "local/recipient-key.ts",
      ],
    ],
    ["@aws-sdk/client-s3", ["decryptor/object-store.ts", "decryptor/object-upload.ts"]],
    ["@aws-sdk/client-lambda", ["local/sample-request.ts", "local/system.ts", "watch/canary-main.ts"]],
  ])("%s is imported by %p", (library, files) => {
    const users = imports.filter(({ specifier }) => specifier === library).map(({ file }) => file);
    expect([...new Set(users)].sort()).toEqual(files);
  });
});
