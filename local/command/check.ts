/** `fieldseal check`: checks a policy. */
import { parseArgs } from "node:util";
import { checkPolicyFile, formatLocatedIssue } from "../../infra/policy-file.ts";
import { requireOne } from "./arguments.ts";
import type { Command } from "./command.ts";
import { resolveArgument } from "./files/argument-path.ts";
import { formatJson } from "./json-text.ts";

/** The command `check`. */
export const check: Command = {
  name: "check",
  summary: "check a policy and list its mistakes",
  help: `POLICY [--json] [--strict]

Checks the policy and the public keys that it names, as a build does, and lists every mistake with its line.

  --json    print the issues as JSON
  --strict  treat warnings as errors`,
  run: async (args, { write, tell, paint }) => {
    const { positionals, values } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { json: { type: "boolean", default: false }, strict: { type: "boolean", default: false } },
    });
    const file = requireOne(positionals, "policy file");
    const { policy, issues } = checkPolicyFile(resolveArgument(file));
    const isRight = policy !== undefined && !(values.strict && issues.length > 0);
    if (values.json) {
      const listed = issues.map(({ severity, code, place, line, column, reason }) => ({
        severity,
        code,
        place,
        line,
        column,
        reason,
      }));
      write(formatJson({ valid: isRight, issues: listed }));
      return isRight ? 0 : 1;
    }
    for (const issue of issues) tell(formatLocatedIssue(file, issue));
    const errors = issues.filter(({ severity }) => severity === "error").length;
    if (policy === undefined)
      write(`${file} is ${paint.bad("not valid")}: ${errors} error(s), ${issues.length - errors} warning(s)\n`);
    else {
      const { rules, recipients } = policy;
      const warned = issues.length > 0 ? `, ${issues.length} warning(s)` : "";
      write(`${file} is ${paint.good("valid")}: ${rules.length} rule(s), ${recipients.length} recipient(s)${warned}\n`);
    }
    return isRight ? 0 : 1;
  },
};
