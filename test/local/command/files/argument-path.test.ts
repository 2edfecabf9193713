import { resolve } from "node:path";
import { afterEach, expect, test } from "@jest/globals";
import { resolveArgument } from "../../../../local/command/files/argument-path.ts";

const before = process.env["INIT_CWD"];
afterEach(() => {
  if (before === undefined) delete process.env["INIT_CWD"];
  else process.env["INIT_CWD"] = before;
});

test.each<[folder: string | undefined, path: string, resolved: string]>([
  [undefined, "a", resolve("a")],
  ["/home/user", "a", "/home/user/a"],
  ["/home/user", "../b", "/home/b"],
  ["/home/user", "/c", "/c"],
])("from %j, %j is %j", (folder, path, resolved) => {
  if (folder === undefined) delete process.env["INIT_CWD"];
  else process.env["INIT_CWD"] = folder;
  expect(resolveArgument(path)).toBe(resolved);
});
