/**
 * S3 Batch Operations: each task names an object. The reader writes it to its destination, either restored or with its
 * tokens moved to another recipient. Source: Amazon S3 User Guide, "Invoke AWS Lambda function".
 */

import { isRecord } from "../../core/config/config-value.ts";
import type { Reader } from "../../core/decrypt/reader/reader.ts";
import { FieldsealError } from "../../core/errors.ts";
import { copyObject, type ObjectAction } from "../object-copy.ts";
import { createObjectStore, type ObjectAddress, type ObjectStore } from "../object-store.ts";
import { type Caller, type Event, invalid, isPassing, type Workbench } from "./caller.ts";

/** Milliseconds kept for the end of an upload. */
const reserveMs = 10_000;
/** The last milliseconds of the reserve: nothing waits for S3 in them. */
const lastMs = 4_000;

/** One store for all calls, so that they share its client. */
const store = createObjectStore(() => import("@aws-sdk/client-s3"));

/** Answers with one result for each task, for the job's report. */
export const s3Batch: Caller = {
  name: "s3-batch",
  shape: "a task of S3 Batch Operations (invocationSchemaVersion, invocationId, job, tasks)",
  recognizes: ({ invocationSchemaVersion, invocationId, job, tasks }) =>
    typeof invocationSchemaVersion === "string" &&
    typeof invocationId === "string" &&
    isRecord(job) &&
    Array.isArray(tasks),
  reserveMs,
  handle: async (event, workbench) => {
    const tasks = readTasks(event);
    const action = readAction(event, workbench.reader);
    const results: TaskResult[] = [];
    for (const task of tasks) results.push(await work(task, action, workbench, store));
    return {
      invocationSchemaVersion: event["invocationSchemaVersion"],
      treatMissingKeysAs: "PermanentFailure",
      invocationId: event["invocationId"],
      results,
    };
  },
};

interface Task {
  readonly taskId: string;
  /** `undefined` if the task names no object. */
  readonly address: ObjectAddress | undefined;
}

/** One row of the job's report: codes and counts, never a name or a value. */
interface TaskResult {
  readonly taskId: string;
  readonly resultCode: "Succeeded" | "TemporaryFailure" | "PermanentFailure";
  readonly resultString: string;
}

/** Version 1.0 gives the ARN of the bucket, version 2.0 its name. */
function readTasks({ invocationSchemaVersion, tasks }: Event): readonly Task[] {
  if (invocationSchemaVersion !== "1.0" && invocationSchemaVersion !== "2.0")
    throw invalid("invocationSchemaVersion must be 1.0 or 2.0.");
  return (tasks as readonly unknown[]).map((task) => {
    const { taskId, ...object } = isRecord(task) ? task : {};
    if (typeof taskId !== "string") throw invalid("Each task needs a taskId, a string.");
    return { taskId, address: readAddress(object) };
  });
}

function readAddress({ s3Key, s3VersionId, s3BucketArn, s3Bucket }: Event): ObjectAddress | undefined {
  const bucket =
    typeof s3Bucket === "string"
      ? s3Bucket
      : typeof s3BucketArn === "string"
        ? /^arn:aws(?:-[a-z]+)*:s3:::([^/]+)$/.exec(s3BucketArn)?.[1]
        : undefined;
  const key = typeof s3Key === "string" ? decodeKey(s3Key) : undefined;
  if (bucket === undefined || key === undefined) return undefined;
  return { bucket, key, versionId: typeof s3VersionId === "string" && s3VersionId !== "" ? s3VersionId : undefined };
}

/** Bytes of an RSA modulus by the spec of its key. */
const modulusBytesBySpec: ReadonlyMap<unknown, number> = new Map([
  ["RSA_2048", 256],
  ["RSA_3072", 384],
  ["RSA_4096", 512],
]);

/** S3 encodes keys like the values of a form. */
function decodeKey(key: string): string | undefined {
  try {
    return decodeURIComponent(key.replaceAll("+", " "));
  } catch {
    return undefined;
  }
}

/**
 * Reads the arguments of a job, which only version 2.0 has. Without an action, the job restores. An action `rewrap`
 * needs `from` and `to`, two ids of recipients, and `keySpec`, such as `RSA_2048`.
 */
function readAction({ job }: Event, { recipients }: Reader): ObjectAction {
  const given = isRecord(job) ? job["userArguments"] : undefined;
  const { action, from, to, keySpec } = isRecord(given) ? given : {};
  if (action === undefined || action === "restore") return { kind: "restore" };
  const find = (id: unknown): Reader["recipients"][number] | undefined =>
    recipients.find((recipient) => recipient.id === id);
  const [source, target] = [find(from), find(to)];
  const modulusBytes = modulusBytesBySpec.get(keySpec);
  if (
    action !== "rewrap" ||
    source === undefined ||
    !source.mayOpen ||
    target === undefined ||
    source === target ||
    modulusBytes === undefined
  ) {
    throw invalid(
      'userArguments must hold the action "restore", or the action "rewrap" with from (a recipient that the reader ' +
        `may open), to (another recipient) and keySpec (of the new key: ${[...modulusBytesBySpec.keys()].join(", ")}).`,
    );
  }
  return { kind: "rewrap", from: source, to: target, modulusBytes };
}

async function work(
  { taskId, address }: Task,
  action: ObjectAction,
  workbench: Workbench,
  objects: ObjectStore,
): Promise<TaskResult> {
  const { audit, remainingMs } = workbench;
  const deadline = (): AbortSignal => AbortSignal.timeout(Math.max(1, Math.floor(remainingMs() + reserveMs - lastMs)));
  try {
    if (address === undefined) throw new FieldsealError("request_invalid");
    const counts = await copyObject(address, action, { workbench, objects, deadline });
    audit.settle(true);
    const resultString = Object.entries(counts)
      .map(([name, count]) => `${name} ${count}`)
      .join(", ");
    return { taskId, resultCode: "Succeeded", resultString };
  } catch (error) {
    audit.settle(false);
    const code = error instanceof FieldsealError ? error.code : "internal_error";
    audit.addFailure(code);
    return { taskId, resultCode: isPassing(code) ? "TemporaryFailure" : "PermanentFailure", resultString: code };
  }
}
