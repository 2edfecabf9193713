/** The functions of a cloud assembly, each run from the asset that would be uploaded, as its template says. */
import { type ChildProcess, fork, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { PlacedPolicy } from "./iam.ts";

const root = resolve(import.meta.dirname, "../..");
const nodeFile = join(root, "node_modules/node/bin/node");

export interface PlannedFunction {
  readonly name: string;
  readonly stack: string;
  readonly region: string;
  readonly runtime: string;
  readonly handler: string;
  readonly environment: Readonly<Record<string, string>>;
  /** The folder that would be zipped and uploaded. */
  readonly folder: string;
  /** Of its role. */
  readonly policies: readonly PlacedPolicy[];
}

/** All functions of all templates. Throws where the code of one is no asset of the assembly. */
export function listFunctions(assembly: string): readonly PlannedFunction[] {
  const { artifacts } = JSON.parse(readFileSync(join(assembly, "manifest.json"), "utf8"));
  return readdirSync(assembly)
    .filter((file) => file.endsWith(".template.json"))
    .flatMap((file) => {
      const stack = file.replace(".template.json", "");
      const { Resources } = JSON.parse(readFileSync(join(assembly, file), "utf8"));
      const { files } = JSON.parse(readFileSync(join(assembly, `${stack}.assets.json`), "utf8"));
      const resources: readonly { Type: string; Properties: Record<string, never> }[] = Object.values(Resources);
      return resources
        .filter(({ Type }) => Type === "AWS::Lambda::Function")
        .map(({ Properties }): PlannedFunction => {
          const {
            FunctionName: name,
            Runtime: runtime,
            Handler: handler,
            Code,
            Environment,
            Role,
          } = Object(Properties);
          const assets: readonly { source: { path: string }; destinations: Record<string, { objectKey: string }> }[] =
            Object.values(files);
          const asset = assets.find(({ destinations }) =>
            Object.values(destinations).some(({ objectKey }) => objectKey === Code.S3Key),
          );
          if (asset === undefined) throw new TypeError(`${stack}: the code of ${String(name)} is no asset`);
          const attached: readonly { PolicyDocument: PlacedPolicy }[] =
            Resources[Role["Fn::GetAtt"][0]].Properties.Policies;
          const policies = attached.map(({ PolicyDocument }) => PolicyDocument);
          const [, , , region = ""] = String(artifacts[stack].environment).split("/");
          return {
            name,
            stack,
            region,
            runtime,
            handler,
            environment: Environment?.Variables ?? {},
            folder: join(assembly, asset.source.path),
            policies,
          };
        });
    });
}

export interface RunningFunction {
  /** Rejects with an Error of the name and message that Lambda would give its caller. */
  readonly call: (event: unknown) => Promise<unknown>;
  /** What it wrote into its log. */
  readonly lines: () => readonly string[];
  readonly close: () => Promise<void>;
}

/**
 * Starts a function on the node of its runtime, with its template's variables, `machine` beside them, and nothing else.
 */
export function startFunction(
  { name, region, runtime, handler, environment, folder }: PlannedFunction,
  machine: Readonly<Record<string, string>> = {},
): RunningFunction {
  const version = spawnSync(nodeFile, ["--version"], { encoding: "utf8" }).stdout;
  if (!version.startsWith(`v${/^nodejs(\d+)\.x$/.exec(runtime)?.[1] ?? "?"}.`))
    throw new TypeError(`${runtime} is not node ${version}`);
  const child: ChildProcess = fork(join(import.meta.dirname, "lambda-runtime.cjs"), {
    execPath: nodeFile,
    execArgv: [],
    cwd: folder,
    silent: true,
    env: {
      _HANDLER: handler,
      LAMBDA_TASK_ROOT: folder,
      AWS_LAMBDA_FUNCTION_NAME: name,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
      AWS_SECRET_ACCESS_KEY: "not a secret",
      ...machine,
      ...environment,
    },
  });
  let output = "";
  child.stdout?.on("data", (data) => (output += String(data)));
  child.stderr?.on("data", (data) => (output += String(data)));
  const waiting = new Map<
    number,
    (answer: {
      readonly result?: unknown;
      readonly error?: { readonly name: string; readonly message: string };
    }) => void
  >();
  child.on("message", (answer) => {
    waiting.get(Object(answer).id)?.(Object(answer));
    waiting.delete(Object(answer).id);
  });
  let calls = 0;
  return {
    call: (event) =>
      new Promise((fulfil, reject) => {
        const id = ++calls;
        waiting.set(id, ({ result, error }) =>
          error === undefined ? fulfil(result) : reject(Object.assign(new Error(error.message), { name: error.name })),
        );
        child.once("exit", () => reject(new Error(`${name} ended: ${output}`)));
        child.send({ id, event });
      }),
    lines: () => output.trim().split("\n"),
    close: async () => {
      if (child.exitCode !== null) return;
      child.disconnect();
      await once(child, "exit");
    },
  };
}
