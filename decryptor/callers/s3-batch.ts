/**
 * S3 Batch Operations: each task names an object, which is restored into the reader's destination, or goes there with
 * its tokens moved to another recipient. Source: Amazon S3 User Guide, "Invoke AWS Lambda function".
 */

import { isRecord } from "../../core/config/config-value.ts";
import type { DecryptedText } from "../../core/decrypt/decrypt-texts.ts";
import type { Destination, Reader } from "../../core/decrypt/reader/reader.ts";
import { type MoveCiphertexts, rememberMoves, rewrapText } from "../../core/decrypt/rewrap-text.ts";
import { FieldsealError } from "../../core/errors.ts";
import { createObjectStore, type ObjectAddress, type ObjectStore } from "../object-store.ts";
import { type ChangeText, changeObject } from "../object-text.ts";
import { type Caller, type Event, invalid, isPassing, requireLasting, type Workbench } from "./caller.ts";

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

type Action =
  | { readonly kind: "restore" }
  | {
      readonly kind: "rewrap";
      readonly from: Reader["recipients"][number];
      readonly to: Reader["recipients"][number];
      readonly modulusBytes: number;
    };

/**
 * The arguments of a job, which only version 2.0 has. Without an action, the job restores. For `rewrap` they hold
 * `from` and `to`, two ids of recipients, and `keySpec`, such as `RSA_2048`.
 */
function readAction({ job }: Event, { recipients }: Reader): Action {
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
  action: Action,
  workbench: Workbench,
  objects: ObjectStore,
): Promise<TaskResult> {
  const counts = { opened: 0, rewrapped: 0, withheld: 0, failed: 0 };
  const { reader, remainingMs } = workbench;
  const deadline = (): AbortSignal => AbortSignal.timeout(Math.max(1, Math.floor(remainingMs() + reserveMs - lastMs)));
  try {
    if (address === undefined) throw new FieldsealError("request_invalid");
    const destination = requireDestination(reader, address.bucket);
    const move = action.kind === "rewrap" ? moveBetween(action, workbench) : undefined;
    const change: ChangeText = async (body, contentType) => {
      if (remainingMs() <= 0) throw new FieldsealError("out_of_time");
      if (action.kind === "restore" || move === undefined) {
        const { body: restored, opened, withheld, failed } = await restoreOne(workbench, body, contentType);
        counts.opened += opened;
        counts.withheld += withheld.length;
        counts.failed += failed.length;
        return restored;
      }
      const { from, to, modulusBytes } = action;
      const moved = await rewrapText({ body, contentType, onFailure: reader.onFailure }, reader, {
        from,
        to,
        modulusBytes,
        move,
      });
      const rewrapped = moved.direct + moved.sealed;
      counts.rewrapped += rewrapped;
      counts.failed += moved.failed.length;
      const outcomes = [...Array<"rewrapped">(rewrapped).fill("rewrapped"), ...moved.failed.map(({ code }) => code)];
      workbench.audit.addOutcomes(outcomes.map((outcome) => ({ recipient: from.id, outcome, fingerprint: "" })));
      return moved.body;
    };
    const object = await objects.open(address, deadline);
    try {
      await objects.write(
        destination,
        address.key,
        await changeObject(object, address.key, reader.recipients, change),
        deadline,
      );
    } finally {
      object.close();
    }
    workbench.audit.settle(true);
    return {
      taskId,
      resultCode: "Succeeded",
      resultString: Object.entries(counts)
        .map(([name, count]) => `${name} ${count}`)
        .join(", "),
    };
  } catch (error) {
    workbench.audit.settle(false);
    const code = error instanceof FieldsealError ? error.code : "internal_error";
    workbench.audit.addFailure(code);
    return { taskId, resultCode: isPassing(code) ? "TemporaryFailure" : "PermanentFailure", resultString: code };
  }
}

/** The most moves to remember: chunks of an object often share wrapped keys. */
const maxRememberedMoves = 1_000;

function moveBetween(
  { from, to }: Extract<Action, { readonly kind: "rewrap" }>,
  { reencrypt }: Workbench,
): MoveCiphertexts {
  const move: MoveCiphertexts = (ciphertexts) =>
    reencrypt(ciphertexts.map((ciphertext) => ({ fromKeyArn: from.keyArn, toKeyArn: to.keyArn, ciphertext })));
  return rememberMoves(move, maxRememberedMoves);
}

/** Aliases and ARNs of access points, behind which any bucket may be. */
const aliasPattern = /-s3alias$|--ol-s3$|\.mrap$|[:/]/;

function requireDestination({ destination }: Reader, source: string): Destination {
  if (destination === undefined || aliasPattern.test(source) || destination.bucket === source.toLowerCase())
    throw new FieldsealError("destination_invalid");
  return destination;
}

async function restoreOne(
  { restore, reader }: Workbench,
  body: Buffer,
  contentType: string | undefined,
): Promise<DecryptedText> {
  const [result] = await restore([{ body, contentType, onFailure: reader.onFailure }]);
  return requireLasting(result);
}
