/** All commands, in the order of `fieldseal --help`. */
import { check } from "./check.ts";
import type { Command } from "./command.ts";
import { keysFetch } from "./keys-fetch.ts";
import { keysVerify } from "./keys-verify.ts";

export const commands: readonly Command[] = [check, keysFetch, keysVerify];
