/**
 * S3 Batch Operations: each task names an object, which is restored into the reader's destination, or goes there with
 * its tokens moved to another recipient. Source: Amazon S3 User Guide, "Invoke AWS Lambda function".
 */

import { isRecord } from "../../core/config/config-value.ts";
import type { Reader } from "../../core/decrypt/reader/reader.ts";
import { FieldsealError } from "../../core/errors.ts";
import { copyObject, type ObjectAction } from "../object-copy.ts";
import { createObjectStore, type ObjectAddress, type ObjectStore } from "../object-store.ts";
import { type Caller, type Event, invalid, isPassing, type Workbench } from "./caller.ts";

/** Milliseconds for the end of an upload. */
const reserveMs = 10_000;
/** The last milliseconds of the reserve, in which nothing waits for S3 any more. */
const lastMs = 4_000;

/** One store for all calls, so that they share its client. */
const store = createObjectStore(() => import("@aws-sdk/client-s3"));

/** Gives one result a task, for the report of the job. */
export const s3Batch: Caller = {
  name: "s3-batch",
  shape: "a task of S3 Batch Operations: invocationSchemaVersion, invocationId, job and tasks",
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
  /** `undefined` where the task names no object. */
  readonly address: ObjectAddress | undefined;
}

/** What S3 writes into the report of the job: codes and counts, never a name or a value. */
interface TaskResult {
  readonly taskId: string;
  readonly resultCode: "Succeeded" | "TemporaryFailure" | "PermanentFailure";
  readonly resultString: string;
}

/** Version 1.0 names the bucket by its ARN, 2.0 by its name. */
function readTasks({ invocationSchemaVersion, tasks }: Event): readonly Task[] {
  if (invocationSchemaVersion !== "1.0" && invocationSchemaVersion !== "2.0")
    throw invalid("invocationSchemaVersion is 1.0 or 2.0.");
  return (tasks as readonly unknown[]).map((task) => {
    const { taskId, ...object } = isRecord(task) ? task : {};
    if (typeof taskId !== "string") throw invalid("A task has no taskId.");
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

/** S3 sends keys encoded like values of a form. */
function decodeKey(key: string): string | undefined {
  try {
    return decodeURIComponent(key.replaceAll("+", " "));
  } catch {
    return undefined;
  }
}

/**
 * The arguments of a job, which only version 2.0 has. Without an action, the job restores. For `rewrap` they hold
 * `from` and `to`, two ids of recipients, and `keySpec`, such as `RSA_2048`.
 */
function readAction({ job }: Event, { recipients }: Reader): ObjectAction {
  const given = isRecord(job) ? job["userArguments"] : undefined;
  const { action, from, to, keySpec } = isRecord(given) ? given : {};
  if (action === undefined || action === "restore") return { kind: "restore" };
  const find = (id: unknown): Reader["recipients"][number] | undefined =>
    recipients.find((recipient) => recipient.id === id);
  const [source, target] = [find(from), find(to)];
  const modulusBytes =
    keySpec === "RSA_2048" ? 256 : keySpec === "RSA_3072" ? 384 : keySpec === "RSA_4096" ? 512 : undefined;
  if (
    action !== "rewrap" ||
    source === undefined ||
    !source.mayOpen ||
    target === undefined ||
    source === target ||
    modulusBytes === undefined
  ) {
    throw invalid(
      'userArguments have action "restore", or "rewrap" with from, a recipient that the reader may open, ' +
        "to, another one, and keySpec, that of the new key.",
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
