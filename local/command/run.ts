/** Finds and runs the command that arguments name. Turns errors into messages and exit codes. */
import { types } from "node:util";
import { findNearest, suggest } from "../../core/config/did-you-mean.ts";
import { FieldsealError } from "../../core/errors.ts";
import type { Command, ExitCode, Terminal } from "./command.ts";

/** Runs `fieldseal ARGS…`. Never rejects. It reports a defect with its stack, which holds no value of any input. */
export async function runCommand(
  args: readonly string[],
  commands: readonly Command[],
  terminal: Terminal,
): Promise<ExitCode> {
  const command = commands.find(({ name }) => name.split(" ").every((word, index) => args[index] === word));
  if (command === undefined) return showCommands(args, commands, terminal);
  const rest = args.slice(command.name.split(" ").length);
  if (rest.includes("--help") || rest.includes("-h")) {
    terminal.write(`${formatUsage(command)}\n`);
    return 0;
  }
  try {
    return await command.run(rest, terminal);
  } catch (error) {
    if (error instanceof FieldsealError) {
      terminal.tell(`fieldseal ${command.name}: ${error.message}`);
      return 1;
    }
    if (types.isNativeError(error) && error.name === "TypeError") {
      terminal.tell(`fieldseal ${command.name}: ${error.message}\n\n${formatUsage(command)}`);
      return 2;
    }
    terminal.tell(`fieldseal ${command.name}: ${error instanceof Error ? (error.stack ?? error.message) : "failed"}`);
    return 1;
  }
}

function formatUsage({ name, help }: Command): string {
  return `Usage: fieldseal ${name} ${help}`;
}

function showCommands(
  args: readonly string[],
  commands: readonly Command[],
  { write, tell, paint }: Terminal,
): ExitCode {
  const width = Math.max(...commands.map(({ name }) => name.length));
  const list = commands.map(({ name, summary }) => `  ${paint.bold(name.padEnd(width))}  ${summary}`).join("\n");
  const text = `Usage: fieldseal COMMAND …\n\n${list}\n\nfieldseal COMMAND --help explains a command.`;
  if (args[0] === "--help" || args[0] === "-h" || args[0] === "help") {
    write(`${text}\n`);
    return 0;
  }
  if (args.length === 0) tell(text);
  else {
    const names = commands.map(({ name }) => name);
    const both = args.slice(0, 2).join(" ");
    const wrong = findNearest(both, names) === undefined ? args[0] : both;
    tell(`fieldseal: unknown command ${JSON.stringify(wrong)}.${suggest(wrong, names)}\n\n${text}`);
  }
  return 2;
}
