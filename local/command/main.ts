/** The command `fieldseal`. */
import { runCommand } from "./run.ts";
import { commands } from "./table.ts";
import { createTerminal } from "./terminal.ts";

process.exitCode = await runCommand(process.argv.slice(2), commands, createTerminal());
