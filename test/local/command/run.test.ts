/** `fieldseal` finds commands by name, and suggests one for a wrong name. */
import { expect, test } from "@jest/globals";
import { runFieldseal } from "../../support/terminal.ts";

test.each([
  { args: ["chek", "policy.json"], hint: 'unknown command "chek". Did you mean "check"?' },
  { args: ["uasge"], hint: 'unknown command "uasge". Did you mean "usage"?' },
  { args: ["rewarp", "--from", "01"], hint: 'unknown command "rewarp". Did you mean "rewrap"?' },
  { args: ["key", "verify", "policy.json"], hint: 'unknown command "key verify". Did you mean "keys verify"?' },
  { args: ["keys", "fetsch"], hint: 'unknown command "keys fetsch". Did you mean "keys fetch"?' },
  { args: ["keys"], hint: 'unknown command "keys". Did you mean "keys fetch"?' },
  { args: ["verify"], hint: 'unknown command "verify". Did you mean "keys verify"?' },
  { args: ["encipher"], hint: 'unknown command "encipher".\n' },
])("$args is unknown, and the nearest command is suggested", async ({ args, hint }) => {
  const { code, output, messages } = await runFieldseal(args);
  expect([code, output, messages]).toEqual([2, "", expect.stringContaining(hint)]);
  expect(messages).toContain("Usage: fieldseal COMMAND");
});

test("the list of commands goes to standard error without a command, and to standard output with --help", async () => {
  expect(await runFieldseal([])).toMatchObject({ code: 2, output: "" });
  expect((await runFieldseal(["--help"])).output).toContain("keys verify");
});
