/** All commands, in the order of `fieldseal --help`. */
import { check } from "./check.ts";
import type { Command } from "./command.ts";

export const commands: readonly Command[] = [check];
