/** The table of commands. A new command is a file and a row here. */
import { check } from "./check.ts";
import type { Command } from "./command.ts";
import { diff } from "./diff.ts";
import { explain } from "./explain.ts";
import { keysFetch } from "./keys-fetch.ts";
import { keysVerify } from "./keys-verify.ts";
import { protect } from "./protect.ts";
import { report } from "./report.ts";
import { restore } from "./restore.ts";
import { rewrap } from "./rewrap.ts";
import { usage } from "./usage.ts";

/** All commands, in the order in which `fieldseal --help` lists them. */
export const commands: readonly Command[] = [
  check,
  explain,
  diff,
  protect,
  restore,
  rewrap,
  usage,
  report,
  keysFetch,
  keysVerify,
];
