/** `fieldseal check`: whether a policy is right. */
import { parseArgs } from "node:util";
import { readPolicyFile } from "../../infra/policy-file.ts";
import type { Command } from "./command.ts";
import { resolveArgument } from "./paths.ts";

export const check: Command = {
  name: "check",
  summary: "say whether a policy is right, and where it is not",
  help: `POLICY

Reads the policy and the public keys that it names, as a build does.`,
  run: async (args, { write }) => {
    const { positionals } = parseArgs({ args: [...args], allowPositionals: true });
    const [file, ...others] = positionals;
    if (file === undefined || others.length > 0) throw new TypeError("Name one policy file.");
    const policy = readPolicyFile(resolveArgument(file));
    write(`${file} is right: ${policy.rules.length} rule(s), ${policy.recipients.length} recipient(s)\n`);
    return 0;
  },
};
