/** The command `fieldseal`. */
import { constants } from "node:os";
import { runCommand } from "./run.ts";
import { commands } from "./table.ts";
import { createTerminal } from "./terminal.ts";

// By default a signal ends the process without its "exit" event, on which commands remove their locks.
for (const signal of ["SIGHUP", "SIGINT", "SIGTERM"] as const)
  process.once(signal, () => process.exit(128 + constants.signals[signal]));

process.exitCode = await runCommand(process.argv.slice(2), commands, createTerminal());
