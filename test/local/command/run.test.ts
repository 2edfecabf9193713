/** Commands by their names, and what is said where there is none of a name. */
import { expect, test } from "@jest/globals";
import { runFieldseal } from "../../support/terminal.ts";

test.each([
  { args: ["chek", "policy.json"], hint: 'no command "chek". Did you mean "check"?' },
  { args: ["uasge"], hint: 'no command "uasge". Did you mean "usage"?' },
  { args: ["rewarp", "--from", "01"], hint: 'no command "rewarp". Did you mean "rewrap"?' },
  { args: ["key", "verify", "policy.json"], hint: 'no command "key verify". Did you mean "keys verify"?' },
  { args: ["keys", "fetsch"], hint: 'no command "keys fetsch". Did you mean "keys fetch"?' },
  { args: ["keys"], hint: 'no command "keys". Did you mean "keys fetch"?' },
  { args: ["verify"], hint: 'no command "verify". Did you mean "keys verify"?' },
  { args: ["encipher"], hint: 'no command "encipher".\n' },
])("$args", async ({ args, hint }) => {
  const { code, output, messages } = await runFieldseal(args);
  expect([code, output, messages]).toEqual([2, "", expect.stringContaining(hint)]);
  expect(messages).toContain("Usage: fieldseal COMMAND");
});

test("without any, the commands are listed; for help, to standard output", async () => {
  expect(await runFieldseal([])).toMatchObject({ code: 2, output: "" });
  expect((await runFieldseal(["--help"])).output).toContain("keys verify");
});
