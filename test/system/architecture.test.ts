/** What may import what: the floors of the core, its purity, and the one place of each third-party library. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { transformSync } from "esbuild";

const root = resolve(import.meta.dirname, "../..");

interface Import {
  readonly file: string;
  /** The part of the repository that the file is in. */
  readonly part: string;
  /** A path from the root, or the name of a library. */
  readonly target: string;
}

function listSources(part: string): string[] {
  return readdirSync(join(root, part), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join(part, name));
}

function readImports(part: string): Import[] {
  return listSources(part).flatMap((file) => {
    const source = readFileSync(join(root, file), "utf8");
    return [...source.matchAll(/^(?:import|export)(?: type)? (?:[^;]*? from )?"([^"]+)";/gms)].map(
      ([, specifier = ""]) => ({
        file,
        part,
        target: specifier.startsWith(".") ? relative(root, resolve(root, dirname(file), specifier)) : specifier,
      }),
    );
  });
}

const imports = ["core", "edge", "decryptor", "infra", "local", "watch"].flatMap(readImports);
const from = (part: string): readonly Import[] => imports.filter((each) => each.part === part);
const topOf = (path: string): string => path.split("/")[0] ?? "";
const show = ({ file, target }: Import): string => `${file} -> ${target}`;

/** The floors of the core, from the ground up. Rooms of one floor know nothing of one another. */
const floors: readonly (readonly string[])[] = [
  ["errors.ts"],
  ["budget.ts", "config", "token"],
  ["text"],
  ["selector"],
  ["detectors"],
  ["rule"],
  ["find"],
  ["formats"],
  ["embedded", "policy"],
  ["encrypt", "decrypt"],
  ["policy-check"],
];

const roomOf = (path: string): string => path.split("/")[1] ?? "";
const floorOf = (path: string): number => floors.findIndex((rooms) => rooms.includes(roomOf(path)));

describe("the core", () => {
  const within = from("core").filter(({ target }) => topOf(target) === "core");

  test("every folder has a floor", () => {
    const rooms = readdirSync(join(root, "core"));
    expect(rooms.sort()).toEqual(floors.flat().sort());
  });

  test("no import runs up or across a floor", () => {
    const climbing = within.filter(
      ({ file, target }) => roomOf(file) !== roomOf(target) && floorOf(target) >= floorOf(file),
    );
    expect(climbing.map(show)).toEqual([]);
  });

  test("no imports run in a circle", () => {
    const targets = Map.groupBy(within, ({ file }) => file);
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(" -> "));
      if (done.has(file) || path.includes(file)) return;
      for (const { target } of targets.get(file) ?? []) visit(target, [...path, file]);
      done.add(file);
    };
    for (const file of targets.keys()) visit(file, []);
    expect(circles).toEqual([]);
  });

  test("embedded texts know no token, no reader and no rule, but the table of formats", () => {
    const below = ["errors.ts", "budget.ts", "text", "formats", "embedded"];
    const known = within.filter(
      ({ file, target }) =>
        roomOf(file) === "embedded" && !below.includes(roomOf(target)) && target !== "core/rule/formats.ts",
    );
    expect(known.map(show)).toEqual([]);
  });

  test("it does no input or output", () => {
    const builtins = from("core").filter(({ target }) => target.startsWith("node:"));
    const pure = ["node:buffer", "node:crypto", "node:net", "node:zlib"];
    expect(builtins.filter(({ target }) => !pure.includes(target)).map(show)).toEqual([]);
  });

  test("every file with logic of its own has a test of its name", () => {
    // Without its types, a file of types alone is empty.
    const isLogic = (file: string): boolean => /=>|\bfunction\b/.test(transformSync(read(file), { loader: "ts" }).code);
    const testOf = (file: string): string => join("test", file.replace(/\.ts$/, ".test.ts"));
    const untested = listSources("core").filter((file) => isLogic(file) && !existsSync(join(root, testOf(file))));
    expect(untested).toEqual([]);
  });
});

function read(file: string): string {
  return readFileSync(join(root, file), "utf8");
}

describe("parts", () => {
  test.each([
    ["core", ["core"]],
    ["edge", ["core", "edge"]],
    ["decryptor", ["core", "decryptor"]],
    ["watch", ["core", "watch"]],
  ])("%s imports from %p only", (part, allowed) => {
    const ours = from(part).filter(({ target }) => existsSync(join(root, target)));
    expect(ours.length).toBeGreaterThan(2);
    expect(ours.filter(({ target }) => !allowed.includes(topOf(target))).map(show)).toEqual([]);
  });

  test.each(["edge", "decryptor"])("%s never reaches what checks policies", (part) => {
    const targets = Map.groupBy(imports, ({ file }) => file);
    const reached = new Set(listSources(part));
    for (const file of reached) for (const { target } of targets.get(file) ?? []) reached.add(target);
    expect(reached.has("core/errors.ts")).toBe(true);
    expect([...reached].filter((file) => file.startsWith("core/policy-check/"))).toEqual([]);
  });
});

test("a caller of the decryptor is one file and one row: nothing but the table imports it", () => {
  const shared = ["decryptor/callers/caller.ts", "decryptor/callers/table.ts"];
  const users = from("decryptor")
    .filter(({ target }) => target.startsWith("decryptor/callers/") && !shared.includes(target))
    .map(({ file, target }) => `${target} by ${file}`);
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
        "local/command/kms/client.ts",
        "local/command/kms/key-service.ts",
        "local/command/kms/moving-keys.ts",
        "local/recipient-key.ts",
      ],
    ],
    ["@aws-sdk/client-s3", ["decryptor/object-store.ts", "decryptor/object-upload.ts"]],
    ["@aws-sdk/client-lambda", ["local/sample-request.ts", "local/system.ts", "watch/canary-main.ts"]],
  ])("%s is imported by %p", (library, files) => {
    const users = imports.filter(({ target }) => target === library).map(({ file }) => file);
    expect([...new Set(users)].sort()).toEqual(files);
  });
});

test("no line of source or tests is longer than 120 characters", () => {
  const parts = ["core", "edge", "decryptor", "watch", "infra", "local", "bench", "test"];
  const long = parts.flatMap(listSources).flatMap((file) =>
    read(file)
      .split("\n")
      .flatMap((line, index) => (line.length > 120 ? [`${file}:${index + 1}`] : [])),
  );
  expect(long).toEqual([]);
});
