/** The app of infra/, run within the process of the tests. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { format } from "node:util";
import { jest } from "@jest/globals";
import { App } from "aws-cdk-lib";
import { synthesise } from "../../infra/app.ts";

const { context: ours } = JSON.parse(readFileSync(resolve(import.meta.dirname, "../../cdk.json"), "utf8"));

/** What a run of the app leaves. */
export interface AppRun {
  readonly status: number | null;
  readonly stderr: string;
  /** The names of the stacks, sorted. */
  readonly stacks: readonly string[];
}

/**
 * Runs the app into a folder, with settings as the command line gives them. CDK's own validation of templates, which
 * stops no synth and takes seconds, does not run.
 */
export async function runApp(context: Readonly<Record<string, unknown>>, outdir: string): Promise<AppRun> {
  let stderr = "";
  const listening = jest.spyOn(console, "error").mockImplementation((...parts) => {
    stderr += `${format(...parts)}\n`;
  });
  try {
    const app = new App({
      autoSynth: false,
      outdir,
      context: { ...ours, ...context },
      builtinCloudFormationValidation: false,
    });
    const status = await synthesise(app);
    return { status, stderr, stacks: listStacks(outdir) };
  } finally {
    listening.mockRestore();
  }
}

/** The names of the stacks in a cloud assembly, sorted. None without the folder. */
export function listStacks(outdir: string): readonly string[] {
  if (!existsSync(outdir)) return [];
  return readdirSync(outdir)
    .flatMap((name) => /^(.+)\.template\.json$/.exec(name)?.[1] ?? [])
    .sort();
}
