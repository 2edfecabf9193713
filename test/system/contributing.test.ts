/** What CONTRIBUTING.md says of the code is true: the walks, the files, the commands. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, test } from "@jest/globals";

const root = resolve(import.meta.dirname, "../..");
const read = (file: string): string => readFileSync(join(root, file), "utf8");
const text = read("CONTRIBUTING.md");

interface Hop {
  readonly file: string;
  readonly name: string;
}

function hopsOf(title: string): readonly Hop[] {
  const [, walk = ""] = text.split(`**${title}**`);
  const [, list = ""] = /^\n\n((?:\d+\. [^\n]*\n)+)/.exec(walk) ?? [];
  return [...list.matchAll(/^\d+\. `([^`]+)`: `([^`]+)`/gm)].map(([, file = "", name = ""]) => ({ file, name }));
}

/** The files that a file imports, and those that these import. */
function reachedFrom(file: string): ReadonlySet<string> {
  const reached = new Set([file]);
  for (const each of reached) {
    for (const [, specifier = ""] of read(each).matchAll(/from "(\.[^"]+)"/g)) {
      reached.add(relative(root, resolve(root, dirname(each), specifier)));
    }
  }
  return reached;
}

describe.each(["One request through the edge", "One text through a reader"])("%s", (title) => {
  const hops = hopsOf(title);

  test("has at most 12 hops", () => {
    expect(hops.length).toBeGreaterThan(8);
    expect(hops.length).toBeLessThanOrEqual(12);
  });

  test.each(hops)("$file defines $name", ({ file, name }) => {
    expect(read(file)).toMatch(new RegExp(`^export (?:async )?(?:function\\*? |const )${name}\\b`, "m"));
  });

  test("each hop is code that the first one runs", () => {
    // The build puts codecs and detection in by the policy; the handler is given them.
    const given = ["core/formats/json.ts", "core/find/detection.ts"];
    const reached = reachedFrom(hops[0]?.file ?? "");
    expect(hops.filter(({ file }) => !reached.has(file) && !given.includes(file))).toEqual([]);
  });
});

test("every file and folder that it names exists", () => {
  const named = [...text.matchAll(/`((?:core|edge|decryptor|watch|infra|local|bench|test)\/[^`\s]*)`/g)];
  const paths = named.map(([, path = ""]) => path).filter((path) => !/NAME|\bx\//.test(path));
  expect(paths.length).toBeGreaterThan(25);
  expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

test("every npm script that it names exists", () => {
  const { scripts } = JSON.parse(read("package.json")) as { readonly scripts: Readonly<Record<string, string>> };
  const named = [...text.matchAll(/`npm run ([a-z:]+)/g)].map(([, name = ""]) => name);
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
});

test("every folder of the core has its floor in the table", () => {
  const [, table = ""] = /\| Floor, from the top[^\n]*\n\| --- \| --- \|\n((?:\|[^\n]*\n)+)/.exec(text) ?? [];
  const named = [...table.matchAll(/`([a-z-]+(?:\/|\.ts))`/g)].map(([, name = ""]) => name);
  expect(named.filter((name) => !existsSync(join(root, "core", name)))).toEqual([]);
  expect(named).toHaveLength(15);
});
